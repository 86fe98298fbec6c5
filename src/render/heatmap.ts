import { scaleLinear } from "d3-scale";
import { dateLabel, dayLabel, timeOfDay } from "../calendar/labels.ts";
import { HOURS_PER_DAY, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { nameOf } from "../risk/change.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import type { Assessment, RiskWindow } from "../windows/window.ts";
import type { Ramp } from "./palette.ts";
import { captionOf, titleLine } from "./plot.ts";
import { FAINT_INK, INK, line, rect, shortened, svg, text } from "./svg.ts";

const HEATMAP = { width: 1400, height: 500 };
const GRID = { left: 118, top: 92, right: 1252, bottom: 436 };
const CELL_BORDER = "#ffffff";
const LABEL_SIZE = 12;
const SERVICE_LENGTH = 40;

export type Heatmap = {
  title: string;
  /** what the picture says of its week, under the title */
  message: string;
  /** which windows are outlined, and what the outline means */
  outlined: { kind: RiskWindow["kind"]; meaning: string; colour: string };
  barLabel: string;
  ramp: Ramp;
  caption: string;
};

/** What the colours mean. */
export function riskLabel({ watchHours }: RiskForecast): string {
  return `Risk of a deploy: chance of an incident in its ${watchHours} h watch, %`;
}

/** A title, and the change it is about where one was named. */
export function titleOf(title: string, { change, service }: Pick<RiskForecast, "change" | "service">): string {
  const name = service === null ? "" : shortened(service, SERVICE_LENGTH);
  if (Object.keys(change).length === 0) return service === null ? title : `${title}: ${name}`;
  return `${title}: ${nameOf(change)}${service === null ? "" : ` of ${name}`}`;
}

/**
 * The top of the colour scale: the highest risk, but never less than four times the median, so that a week in which
 * no hour stands out looks even and light instead of spreading its noise over the whole scale; never above 1.
 */
export function highestOf({ hours }: RiskForecast, { thresholds }: Assessment): number {
  return Math.min(1, Math.max(...hours.map(({ risk }) => risk), 4 * thresholds.medianRisk, 1e-6));
}

/** Day × hour of day, a cell per forecast hour; days run down from the origin. */
export function heatmapSvg(forecast: RiskForecast, { windows }: Assessment, map: Heatmap): string {
  const { hours, originHour, zone } = forecast;
  const firstDay = Math.floor(originHour / HOURS_PER_DAY);
  const lastDay = Math.floor((originHour + forecast.horizonHours - 1) / HOURS_PER_DAY);
  const days = lastDay - firstDay + 1;
  const cellWidth = (GRID.right - GRID.left) / HOURS_PER_DAY;
  // A forecast of few hours keeps cells of a readable shape.
  const cellHeight = Math.min((GRID.bottom - GRID.top) / days, 60);
  const bottom = GRID.top + days * cellHeight;
  const xOf = (hour: number) => GRID.left + hourOfDay(hour) * cellWidth;
  const yOf = (hour: number) => GRID.top + (Math.floor(hour / HOURS_PER_DAY) - firstDay) * cellHeight;

  const cells: string[] = [];
  const shown = new Set(hours.map(({ hour }) => hour));
  for (let hour = originHour; hour < originHour + forecast.horizonHours; hour += 1) {
    if (shown.has(hour)) continue;
    const [x, y] = [xOf(hour), yOf(hour)];
    cells.push(
      rect(x, y, cellWidth, cellHeight, { fill: "#f2f2f2", stroke: CELL_BORDER, strokeWidth: 1 }),
      text(x + cellWidth / 2, y + cellHeight / 2 + 3, "skipped", {
        size: Math.min(9, cellHeight * 0.8),
        anchor: "middle",
        fill: FAINT_INK,
      }),
    );
  }
  for (const { hour, risk, durationHours } of hours) {
    const [x, y] = [xOf(hour), yOf(hour)];
    cells.push(
      rect(x, y, cellWidth, cellHeight, {
        fill: map.ramp.colour(risk),
        stroke: CELL_BORDER,
        strokeWidth: Math.min(1, cellHeight / 12),
      }),
    );
    if (cellHeight >= 16) {
      const fill = map.ramp.ink(risk);
      const twice = durationHours === 1 ? "" : " ×2";
      const value = `${(100 * risk).toFixed(1)}${twice}`;
      const size = twice === "" ? LABEL_SIZE : 10;
      cells.push(text(x + cellWidth / 2, y + cellHeight / 2 + 4.3, value, { size, anchor: "middle", fill }));
    }
  }

  const outlines = windows
    .filter(({ kind }) => kind === map.outlined.kind)
    .flatMap(({ from, to }) => rowRuns(hours.slice(from, to).map(({ hour }) => hour)))
    .map(([first, last]) => {
      const inset = 1.5;
      const width = xOf(last) + cellWidth - xOf(first) - 2 * inset;
      return rect(xOf(first) + inset, yOf(first) + inset, width, cellHeight - 2 * inset, {
        fill: "none",
        stroke: map.outlined.colour,
        strokeWidth: Math.min(3, cellHeight / 6),
      });
    });

  const every = Math.ceil((LABEL_SIZE + 2) / cellHeight);
  const dayLabels = Array.from({ length: days }, (_, i) => i)
    .filter((i) => i % every === 0)
    .map((i) =>
      text(
        GRID.left - 10,
        GRID.top + (i + 0.5) * cellHeight + 4.3,
        dayLabel((firstDay + i) * HOURS_PER_DAY * HOUR_MS),
        {
          size: LABEL_SIZE,
          anchor: "end",
        },
      ),
    );
  const hourLabels = Array.from({ length: HOURS_PER_DAY }, (_, hour) =>
    text(GRID.left + (hour + 0.5) * cellWidth, bottom + 18, String(hour).padStart(2, "0"), {
      size: LABEL_SIZE,
      anchor: "middle",
    }),
  );
  const first = zone.wallAt(hours[0]!.startMs);
  const final = hours.at(-1)!;
  const end = zone.wallAt(final.startMs + final.durationHours * HOUR_MS);
  const span = `${dateLabel(first)} ${timeOfDay(first)} – ${dateLabel(end)} ${timeOfDay(end)}, ${zone.id}`;
  const middle = (GRID.left + GRID.right) / 2;
  return svg(HEATMAP.width, HEATMAP.height, [
    titleLine(map.title, GRID.left, 36, 22, HEATMAP.width),
    text(GRID.left, 58, `${span} · ${map.message}`, { size: 13, fill: FAINT_INK }),
    ...(outlines.length === 0 ? [] : outlineKey(map.outlined)),
    ...cells,
    ...outlines,
    ...dayLabels,
    ...hourLabels,
    text(middle, bottom + 42, `Hour of day (${zone.id})`, { size: 13, anchor: "middle" }),
    text(24, (GRID.top + bottom) / 2, "Day", { size: 13, anchor: "middle", rotate: -90 }),
    ...colourBar(map),
    captionOf(map.caption, HEATMAP.width, HEATMAP.height),
  ]);
}

function outlineKey({ colour, meaning }: Heatmap["outlined"]): string[] {
  return [
    rect(GRID.left, 68, 18, 12, { fill: "none", stroke: colour, strokeWidth: 3 }),
    text(GRID.left + 26, 78.5, meaning, { size: LABEL_SIZE }),
  ];
}

/** Runs of consecutive hours, cut where a day ends. */
function rowRuns(hours: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const hour of hours) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === hour - 1 && hourOfDay(hour) !== 0) run[1] = hour;
    else runs.push([hour, hour]);
  }
  return runs;
}

const BAR = { left: 1284, width: 18, top: GRID.top, bottom: GRID.bottom, steps: 86 };

function colourBar({ ramp, barLabel }: Heatmap): string[] {
  const scale = scaleLinear().domain([0, ramp.highest]).range([BAR.bottom, BAR.top]);
  const step = (BAR.bottom - BAR.top) / BAR.steps;
  const bands = Array.from({ length: BAR.steps }, (_, i) => {
    const y = BAR.top + i * step;
    // Half a point taller than its step, so that no gap shows between bands.
    return rect(BAR.left, y, BAR.width, step + 0.5, { fill: ramp.colour(scale.invert(y + step / 2)) });
  });
  const ticks = scale
    .ticks(6)
    .flatMap((risk) => [
      line(BAR.left + BAR.width, scale(risk), BAR.left + BAR.width + 5, scale(risk), { stroke: INK, strokeWidth: 1 }),
      text(BAR.left + BAR.width + 9, scale(risk) + 4.3, percentTick(risk, ramp.highest), { size: LABEL_SIZE }),
    ]);
  const x = HEATMAP.width - 18;
  return [
    ...bands,
    rect(BAR.left, BAR.top, BAR.width, BAR.bottom - BAR.top, { fill: "none", stroke: INK, strokeWidth: 0.75 }),
    ...ticks,
    text(x, (BAR.top + BAR.bottom) / 2, barLabel, { size: LABEL_SIZE, anchor: "middle", rotate: -90 }),
  ];
}

/** Percent with as many decimals as tell the ticks apart. */
function percentTick(risk: number, highest: number): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(20 * highest)));
  return `${(100 * risk).toFixed(Math.min(decimals, 6))} %`;
}
