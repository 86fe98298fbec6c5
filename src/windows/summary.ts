import { padded, spanLabel } from "../calendar/labels.ts";
import { nameOf } from "../risk/change.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import { standsOut } from "./assess.ts";
import { percent } from "./percent.ts";
import type { Assessment, RiskWindow } from "./window.ts";

const SHOWN = 3;

/** The riskiest and the safest windows and why, as lines for people. */
export function summaryLines(
  { zone, horizonHours, watchHours, change, service, hours }: RiskForecast,
  { windows, thresholds }: Assessment,
): string[] {
  const most = (kind: RiskWindow["kind"], order: (a: RiskWindow, b: RiskWindow) => number) =>
    windows
      .filter((window) => window.kind === kind)
      .sort(order)
      .slice(0, SHOWN);
  const riskiest = most("avoid", (a, b) => b.maxRisk - a.maxRisk);
  const safest = most("safe", (a, b) => a.meanRisk - b.meanRisk);
  const shown = [...riskiest, ...safest];
  const spans = padded(shown.map(({ startMs, endMs }) => spanLabel(zone, startMs, endMs)));
  const lines = shown.map(({ kind, maxRisk, meanRisk, reasons }, i) => {
    const risk = percent(kind === "avoid" ? maxRisk : meanRisk);
    return `  ${spans[i]} ${risk.padStart(7)}   ${reasons[0]?.text ?? "no risk known"}`;
  });
  const none =
    thresholds.avoidAbove !== null
      ? `no hour is above ${percent(thresholds.avoidAbove)}`
      : standsOut(hours, thresholds.medianRisk)
        ? "more hours stand out than --avoid-share allows"
        : "no hour stands out";
  return [
    `Risk of ${nameOf(change)}${service === null ? "" : ` of ${service}`}: chance of an incident in its ${watchHours} h watch, next ${horizonHours} h, ${zone.id}` +
      ` (median hour ${percent(thresholds.medianRisk)})`,
    "Riskiest windows (highest hour)",
    ...(riskiest.length === 0 ? [`  none: ${none}`] : lines.slice(0, riskiest.length)),
    "Safest windows (mean)",
    ...(safest.length === 0 ? ["  none"] : lines.slice(riskiest.length)),
    ...(clockTells(hours)
      ? []
      : ["Neither the hour nor the day tells when deploys fail, by this history: that part of the risk is flat"]),
  ];
}

/** Of the largest chance to fail: what the clock adds or takes below it is lost in the figures that are shown. */
const TOLD_SHARE = 0.05;

/** Whether the hour and the day make a difference to when deploys fail; taken as if they did where no deploys are kept. */
function clockTells(hours: RiskForecast["hours"]): boolean {
  const byClock = hours.map(({ failureParts: parts }) => (parts === null ? Number.NaN : parts.hour + parts.day));
  const most = Math.max(...hours.map(({ deployFailureProbability: f }) => f ?? 0));
  return !(Math.max(...byClock) - Math.min(...byClock) <= TOLD_SHARE * most);
}
