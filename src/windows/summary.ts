import { spanLabel } from "../calendar/labels.ts";
import { nameOf } from "../risk/change.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import { percent } from "./percent.ts";
import type { Assessment, RiskWindow } from "./window.ts";

const SHOWN = 3;

/** The riskiest and the safest windows and why, as lines for people. */
export function summaryLines(
  { zone, horizonHours, watchHours, change, service, hours }: RiskForecast,
  { windows, thresholds }: Assessment,
): string[] {
  const riskiest = windows.filter(({ kind }) => kind === "avoid").sort((a, b) => b.maxRisk - a.maxRisk);
  const safest = windows.filter(({ kind }) => kind === "safe").sort((a, b) => a.meanRisk - b.meanRisk);
  const line = (window: RiskWindow, risk: number) => {
    const span = spanLabel(zone.wallAt(window.startMs), zone.wallAt(window.endMs));
    return `  ${span.padEnd(34)} ${percent(risk).padStart(7)}   ${window.reasons[0]?.text ?? "no risk known"}`;
  };
  const none =
    thresholds.avoidAbove === null
      ? "  none: no hour stands out"
      : `  none: no hour is above ${percent(thresholds.avoidAbove)}`;
  return [
    `Risk of ${nameOf(change)}${service === null ? "" : ` of ${service}`}: chance of an incident in its ${watchHours} h watch, next ${horizonHours} h, ${zone.id}` +
      ` (median hour ${percent(thresholds.medianRisk)})`,
    "Riskiest windows (highest hour)",
    ...(riskiest.length === 0 ? [none] : riskiest.slice(0, SHOWN).map((window) => line(window, window.maxRisk))),
    "Safest windows (mean)",
    ...(safest.length === 0 ? ["  none"] : safest.slice(0, SHOWN).map((window) => line(window, window.meanRisk))),
    ...(hours.some(({ failureParts: parts }) => parts === null || parts.hour + parts.day > 0)
      ? []
      : ["Neither the hour nor the day tells when deploys fail, by this history: that part of the risk is flat"]),
  ];
}
