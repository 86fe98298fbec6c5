import { counted } from "../naming/counted.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import { standsOut } from "../windows/assess.ts";
import { percent } from "../windows/percent.ts";
import type { Assessment } from "../windows/window.ts";
import { heatmapSvg, highestOf, riskLabel, titleOf } from "./heatmap.ts";
import { rampOf, SAFETY_RAMP } from "./palette.ts";

/** "Safe deploy windows": the same grid with green where it is safer, safe windows outlined. 1400 × 500 points. */
export function safeWindowsHeatmapSvg(forecast: RiskForecast, assessment: Assessment, caption: string): string {
  const safe = assessment.windows.filter(({ kind }) => kind === "safe");
  const hours = safe.reduce((sum, window) => sum + window.hours, 0);
  const { avoidAbove, safeAtOrBelow, medianRisk } = assessment.thresholds;
  const noneStandsOut = avoidAbove === null && !standsOut(forecast.hours, medianRisk);
  return heatmapSvg(forecast, assessment, {
    title: titleOf("Safe deploy windows (green = safer)", forecast),
    message: `${counted(hours, "safe hour")} in ${counted(safe.length, "window")}${noneStandsOut ? "; no hour stands out as risky" : ""}`,
    outlined: {
      kind: "safe",
      meaning: `safe: risk at or below ${percent(safeAtOrBelow)}, no avoid hour within ${forecast.watchHours} h`,
      colour: "#000000",
    },
    barLabel: riskLabel(forecast),
    ramp: rampOf(SAFETY_RAMP, highestOf(forecast, assessment)),
    caption,
  });
}
