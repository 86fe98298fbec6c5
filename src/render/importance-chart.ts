import { scaleLinear } from "d3-scale";
import { captionOf, frameOf, heading, SERIES_STYLES } from "./plot.ts";
import { dot, FAINT_INK, INK, line, shortened, svg, text, textWidth } from "./svg.ts";

/** By how much a score falls without a feature, with an interval that holds it with a chance of 95 %. */
export type FeatureDrop = { name: string; drop: number; low: number; high: number };

const MOST_DRAWN = 20;
const LONGEST_NAME = 44;
const WIDTH = 960;
const TOP = 96;
const ROW_HEIGHT = 28;
const RIGHT = 924;
const BELOW = 92;
const NAME_SIZE = 12;
/** Room for the name of the axis left of the features' names. */
const MARGIN = 48;
const COLOUR = SERIES_STYLES[0].stroke;
/** Where nothing matters the axis does not blow up noise. */
const LEAST_REACH = 0.01;

/** A dot and its interval a feature, in the order given, largest drop first; at most 20 features. 960 points wide. */
export function importanceChartSvg(drops: readonly FeatureDrop[], subtitle: string, caption: string): string {
  const drawn = drops.slice(0, MOST_DRAWN);
  const names = drawn.map(({ name }) => shortened(name, LONGEST_NAME));
  const left = MARGIN + Math.max(0, ...names.map((name) => textWidth(name, NAME_SIZE)));
  const bottom = TOP + ROW_HEIGHT * Math.max(1, drawn.length);
  const lowest = Math.min(0, ...drawn.map(({ low, drop }) => Math.min(low, drop)));
  const highest = Math.max(LEAST_REACH, ...drawn.map(({ high, drop }) => Math.max(high, drop)));
  const x = scaleLinear().domain([lowest, highest]).range([left, RIGHT]);
  const y = (row: number) => TOP + ROW_HEIGHT * (row + 0.5);
  const more = drops.length - drawn.length;
  const height = bottom + BELOW;
  return svg(WIDTH, height, [
    ...heading("What does the model go by?", subtitle, MARGIN, WIDTH),
    text(RIGHT, TOP - 12, "bars: 95 % interval · hollow: it may be chance", {
      size: 11,
      anchor: "end",
      fill: FAINT_INK,
    }),
    ...frameOf(
      { left, right: RIGHT, top: TOP, bottom },
      { scale: x, ticks: x.ticks(6), label: x.tickFormat(6), name: "drop in ROC AUC when shuffled" },
      { scale: y, ticks: [...names.keys()], label: (row) => names[row]!, name: "feature" },
    ),
    line(x(0), TOP, x(0), bottom, { stroke: INK, strokeWidth: 1.5 }),
    ...drawn.flatMap(({ drop, low, high }, row) => [
      line(x(low), y(row), x(high), y(row), { stroke: COLOUR, strokeWidth: 2.4 }),
      dot(x(drop), y(row), 5, { fill: low > 0 ? COLOUR : "#ffffff", stroke: COLOUR, strokeWidth: 2 }),
    ]),
    ...(more === 0 ? [] : [text(MARGIN, bottom + 64, `not drawn, as smaller: ${more} more`, { size: 12 })]),
    captionOf(caption, WIDTH, height),
  ]);
}
