import { scaleLinear } from "d3-scale";
import { captionOf, frameOf, heading } from "./plot.ts";
import { curve, dot, FAINT_INK, INK, line, rect, svg, text } from "./svg.ts";

/** Hours of about the same forecast chance: how often it came true. */
export type ReliabilityPoint = { hours: number; events: number; forecast: number; frequency: number };

const SIZE = { width: 720, height: 760 };
const FRAME = { left: 92, right: 660, top: 84, bottom: 520 };
const COUNTS = { top: 600, bottom: 690 };
const COLOUR = "#0072b2";
const Z95 = 1.959964;

/** Forecast chance of an incident against how often one came, with the number of hours behind each point. 720 × 760 points. */
export function reliabilityDiagramSvg(points: readonly ReliabilityPoint[], subtitle: string, caption: string): string {
  const intervals = points.map(wilson);
  const farthest = Math.max(0.01, ...points.flatMap(({ forecast, frequency }) => [forecast, frequency]));
  const highest = Math.max(farthest, ...intervals.map(({ high }) => Math.min(high, 1.5 * farthest)));
  const x = scaleLinear().domain([0, highest]).nice(5).range([FRAME.left, FRAME.right]);
  const y = scaleLinear().domain(x.domain()).range([FRAME.bottom, FRAME.top]);
  const most = Math.max(1, ...points.map(({ hours }) => hours));
  const counts = scaleLinear().domain([0, most]).range([COUNTS.bottom, COUNTS.top]);
  const ticks = x.ticks(5);
  const percent = (value: number) => `${Number((value * 100).toPrecision(6))} %`;
  const top = x.domain()[1]!;
  return svg(SIZE.width, SIZE.height, [
    ...heading("Does a forecast chance come true as often as it says?", subtitle, FRAME.left, SIZE.width),
    ...frameOf(
      FRAME,
      { scale: x, ticks, label: percent, name: "forecast chance of an incident in the hour" },
      { scale: y, ticks, label: percent, name: "share of those hours that had one" },
    ),
    line(x(0), y(0), x(top), y(top), { stroke: "#9a9a9a", strokeWidth: 1, dash: "4 4" }),
    ...points.map(({ forecast }, i) =>
      line(x(forecast), y(intervals[i]!.low), x(forecast), y(Math.min(top, intervals[i]!.high)), {
        stroke: COLOUR,
        strokeWidth: 1.2,
      }),
    ),
    curve(
      points.map(({ forecast, frequency }) => [x(forecast), y(frequency)] as const),
      { stroke: COLOUR, strokeWidth: 1.6 },
    ),
    ...points.map(({ forecast, frequency }) => dot(x(forecast), y(frequency), 4.5, { fill: COLOUR })),
    text(FRAME.right, FRAME.top - 10, "dashed: perfect · bars: 95 % interval", {
      size: 11,
      anchor: "end",
      fill: FAINT_INK,
    }),
    text(FRAME.left, COUNTS.top - 12, "hours behind each point (with an incident), lowest chance first", { size: 12 }),
    ...points.flatMap(({ hours, events }, i) => {
      const width = (FRAME.right - FRAME.left) / points.length;
      const at = FRAME.left + i * width;
      return [
        rect(at + 3, counts(hours), width - 6, COUNTS.bottom - counts(hours), { fill: COLOUR, opacity: 0.35 }),
        text(at + width / 2, COUNTS.bottom + 16, `${hours} (${events})`, { size: 10, anchor: "middle" }),
      ];
    }),
    line(FRAME.left, COUNTS.bottom, FRAME.right, COUNTS.bottom, { stroke: INK, strokeWidth: 1 }),
    captionOf(caption, SIZE.width, SIZE.height),
  ]);
}

/** 95 % score interval of a share. Source: Wilson (1927), JASA 22(158). */
function wilson({ hours, events }: ReliabilityPoint): { low: number; high: number } {
  const share = events / hours;
  const z2 = Z95 ** 2 / hours;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z95 / (1 + z2)) * Math.sqrt((share * (1 - share)) / hours + z2 / (4 * hours));
  return { low: Math.max(0, centre - half), high: centre + half };
}
