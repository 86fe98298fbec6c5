/**
 * What figures share: title and caption, a frame with ticks, and lines told apart by colour and dash.
 * @module
 */

import { FAINT_INK, fittingSize, INK, line, shortened, text } from "./svg.ts";

/** Okabe & Ito (2008), "Color Universal Design": told apart with any colour vision; dashes tell them apart in grey. */
export const SERIES_STYLES = [
  { stroke: "#0072b2", strokeWidth: 3 },
  { stroke: "#d55e00", strokeWidth: 1.8, dash: "7 3" },
  { stroke: "#009e73", strokeWidth: 1.8, dash: "2 3" },
  { stroke: "#cc79a7", strokeWidth: 1.8, dash: "9 3 2 3" },
  { stroke: "#000000", strokeWidth: 1.4, dash: "1 4" },
  { stroke: "#e69f00", strokeWidth: 1.8, dash: "12 4" },
  { stroke: "#56b4e9", strokeWidth: 1.8, dash: "4 2" },
] as const;

export type Frame = { left: number; right: number; top: number; bottom: number };
export type PlotAxis = {
  scale: (value: number) => number;
  ticks: readonly number[];
  label: (tick: number) => string;
  name: string;
};

/** Grid, ticks and names of both axes. */
export function frameOf(frame: Frame, x: PlotAxis, y: PlotAxis): string[] {
  const { left, right, top, bottom } = frame;
  return [
    ...x.ticks.flatMap((tick) => [
      line(x.scale(tick), top, x.scale(tick), bottom, { stroke: "#e4e4e4", strokeWidth: 1 }),
      text(x.scale(tick), bottom + 19, x.label(tick), { size: 12, anchor: "middle" }),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(left, y.scale(tick), right, y.scale(tick), { stroke: "#e4e4e4", strokeWidth: 1 }),
      text(left - 8, y.scale(tick) + 4.3, y.label(tick), { size: 12, anchor: "end" }),
    ]),
    line(left, top, left, bottom, { stroke: INK, strokeWidth: 1 }),
    line(left, bottom, right, bottom, { stroke: INK, strokeWidth: 1 }),
    text((left + right) / 2, bottom + 42, x.name, { size: 13, anchor: "middle" }),
    text(22, (top + bottom) / 2, y.name, { size: 13, anchor: "middle", rotate: -90 }),
  ];
}

const EDGE = 14;
const CAPTION_LENGTH = 80;

/** Title of a picture `width` points wide; smaller where it would leave the picture. */
export function titleLine(title: string, x: number, y: number, size: number, width: number): string {
  return text(x, y, title, { size: fittingSize(title, size, width - EDGE - x), weight: "bold" });
}

/** Title of a picture `width` points wide over a line of what it shows; smaller where they would leave the picture. */
export function heading(title: string, subtitle: string, x: number, width: number): string[] {
  const size = fittingSize(subtitle, 12.5, width - EDGE - x);
  return [titleLine(title, x, 34, 20, width), text(x, 56, subtitle, { size, fill: FAINT_INK })];
}

/** Where a picture's data come from, in its lower right corner. */
export function captionOf(caption: string, width: number, height: number): string {
  const shown = shortened(caption, CAPTION_LENGTH);
  return text(width - EDGE, height - 10, shown, { size: 10, anchor: "end", fill: FAINT_INK });
}
