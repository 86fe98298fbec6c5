import type { RiskForecast } from "../risk/risk-forecast.ts";
import { standsOut } from "../windows/assess.ts";
import { percent } from "../windows/percent.ts";
import type { Assessment } from "../windows/window.ts";
import { heatmapSvg, highestOf, riskLabel, titleOf } from "./heatmap.ts";
import { RISK_RAMP, rampOf } from "./palette.ts";

/** "When NOT to deploy": the risk of every hour, avoid windows outlined. 1400 × 500 points. */
export function riskHeatmapSvg(forecast: RiskForecast, assessment: Assessment, caption: string): string {
  const { avoidAtOrAbove, avoidAbove, medianRisk } = assessment.thresholds;
  const limit = avoidAtOrAbove ?? avoidAbove;
  const median = `median hour ${percent(medianRisk)}`;
  const none = standsOut(forecast.hours, medianRisk)
    ? `${median}, none to avoid: more hours stand out than --avoid-share allows`
    : `no hour stands out: none is 1.5 times as risky as the median hour (${percent(medianRisk)})`;
  const message =
    limit === null ? none : `${median}, avoid ${avoidAtOrAbove === null ? "above" : "from"} ${percent(limit)}`;
  return heatmapSvg(forecast, assessment, {
    title: titleOf("When NOT to deploy", forecast),
    message,
    outlined: { kind: "avoid", meaning: "avoid", colour: "#000000" },
    barLabel: riskLabel(forecast),
    ramp: rampOf(RISK_RAMP, highestOf(forecast, assessment)),
    caption,
  });
}
