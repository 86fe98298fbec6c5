import { dayAndHour, timeOfDay } from "../calendar/labels.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import type { Assessment, RiskWindow } from "./window.ts";

const SHOWN = 3;

/** The riskiest and the safest windows and why, as lines for people. */
export function summaryLines({ zone, horizonHours, watchHours }: RiskForecast, { windows, thresholds }: Assessment): string[] {
  const riskiest = windows.filter(({ kind }) => kind === "avoid").sort((a, b) => b.maxRisk - a.maxRisk);
  const safest = windows.filter(({ kind }) => kind === "safe").sort((a, b) => a.meanRisk - b.meanRisk);
  const line = (window: RiskWindow, risk: number) => {
    const end = window.hours > 24 ? dayAndHour(zone.wallAt(window.endMs)) : timeOfDay(zone.wallAt(window.endMs));
    const span = `${dayAndHour(zone.wallAt(window.startMs))} – ${end}`;
    return `  ${span.padEnd(32)} ${`${(100 * risk).toFixed(1)} %`.padStart(7)}   ${window.reasons[0]?.text ?? "no risk known"}`;
  };
  const none =
    thresholds.avoidAbove === null
      ? "  none: no hour stands out"
      : `  none: no hour is above ${(100 * thresholds.avoidAbove).toFixed(1)} %`;
  return [
    `Risk of a deploy: chance of an incident in its ${watchHours} h watch, next ${horizonHours} h, ${zone.id}` +
      ` (median hour ${(100 * thresholds.medianRisk).toFixed(1)} %)`,
    "Riskiest windows (highest hour)",
    ...(riskiest.length === 0 ? [none] : riskiest.slice(0, SHOWN).map((window) => line(window, window.maxRisk))),
    "Safest windows (mean)",
    ...(safest.length === 0 ? ["  none"] : safest.slice(0, SHOWN).map((window) => line(window, window.meanRisk))),
  ];
}
