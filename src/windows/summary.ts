import { padded, spanLabel } from "../calendar/labels.ts";
import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { nameOf } from "../risk/change.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import { standsOut } from "./assess.ts";
import { percent } from "./percent.ts";
import type { Assessment, RiskWindow } from "./window.ts";

const SHOWN = 3;

/** The riskiest and the safest windows and why, as lines for people. */
export function summaryLines(forecast: RiskForecast, { windows, thresholds }: Assessment): string[] {
  const { zone, horizonHours, watchHours, change, service, hours } = forecast;
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
    ...(clockTells(forecast)
      ? []
      : ["Neither the hour nor the day tells when deploys fail, by this history: that part of the risk is flat"]),
  ];
}

/** Of the chance to fail: what the clock adds below it is lost in the figures that are shown. */
const TOLD_SHARE = 0.05;

/** Whether the hour or the day makes deploys fail more often; taken as if where no deploys are kept, and where not all hours are seen. */
function clockTells({ hours, horizonHours }: RiskForecast): boolean {
  if (horizonHours < HOURS_PER_WEEK) return true;
  return hours.some(
    ({ failureParts: parts, deployFailureProbability: f }) =>
      parts === null || parts.hour + parts.day > TOLD_SHARE * (f ?? 0),
  );
}
