import { scaleLinear } from "d3-scale";
import { captionOf, frameOf, heading, SERIES_STYLES } from "./plot.ts";
import { curve, FAINT_INK, line, svg, text } from "./svg.ts";

export type CaptureLine = {
  name: string;
  /** [shares] of incidents, at even steps from no hour to every hour; null where there was no incident */
  captured: readonly number[] | null;
};

const SIZE = { width: 960, height: 620 };
const FRAME = { left: 84, right: 584, top: 84, bottom: 552 };
const TICKS = [0, 0.1, 0.25, 0.5, 0.75, 1];
const percent = (share: number) => `${Math.round(share * 100)} %`;

/** Share of incidents against share of hours flagged, a line a method; the first is drawn on top. 960 × 620 points. */
export function captureChartSvg(lines: readonly CaptureLine[], subtitle: string, caption: string): string {
  const x = scaleLinear().domain([0, 1]).range([FRAME.left, FRAME.right]);
  const y = scaleLinear().domain([0, 1]).range([FRAME.bottom, FRAME.top]);
  const axis = (scale: (value: number) => number, name: string) => ({ scale, ticks: TICKS, label: percent, name });
  const drawn = lines.map(({ captured }, i) =>
    curve(
      (captured ?? []).map((share, step, all) => [x(step / (all.length - 1)), y(share)] as const),
      SERIES_STYLES[i % SERIES_STYLES.length]!,
    ),
  );
  const at = (i: number) => FRAME.top + 34 + 40 * i;
  const legend = lines.flatMap(({ name, captured }, i) => {
    const share = (of: number, all: readonly number[]) => percent(all[Math.round(of * (all.length - 1))]!);
    const found =
      captured === null
        ? "no incident to catch"
        : `${share(0.1, captured)} in the riskiest 10 %, ${share(0.25, captured)} in 25 %`;
    return [
      line(612, at(i) - 4, 648, at(i) - 4, SERIES_STYLES[i % SERIES_STYLES.length]!),
      text(658, at(i), name, { size: 13, weight: i === 0 ? "bold" : "normal" }),
      text(658, at(i) + 16, found, { size: 11, fill: FAINT_INK }),
    ];
  });
  return svg(SIZE.width, SIZE.height, [
    ...heading("How many incidents do the flagged hours catch?", subtitle, FRAME.left, SIZE.width),
    ...frameOf(
      FRAME,
      axis(x, "share of the hours of a week that are flagged, riskiest first"),
      axis(y, "share of incidents in them"),
    ),
    line(x(0), y(0), x(1), y(1), { stroke: "#9a9a9a", strokeWidth: 1, dash: "4 4" }),
    text(FRAME.right, FRAME.top - 10, "dashed grey: chance", { size: 11, anchor: "end", fill: FAINT_INK }),
    ...drawn.reverse(),
    ...legend,
    captionOf(caption, SIZE.width, SIZE.height),
  ]);
}
