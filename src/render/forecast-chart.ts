import { scaleLinear } from "d3-scale";
import { dateLabel, dayLabel, timeOfDay } from "../calendar/labels.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS, type WallHour, type Zone } from "../calendar/zone.ts";
import type { RiskForecast, RiskHour } from "../risk/risk-forecast.ts";
import type { HourlySeries } from "../series/hourly-series.ts";
import { titleOf } from "./heatmap.ts";
import { captionOf } from "./plot.ts";
import { area, curve, FAINT_INK, INK, line, rect, svg, text, textWidth } from "./svg.ts";

export type ForecastChart = {
  zone: Zone;
  /** incidents per hour of what is forecast, up to the origin; the last 30 days are shown */
  history: HourlySeries;
  forecast: RiskForecast;
  /** summed per hour; history and known fixtures */
  matches: readonly { hour: WallHour; trafficMultiplier: number }[];
  caption: string;
};

const SHOWN_HOURS = 30 * HOURS_PER_DAY;
const SIZE = { width: 1500, height: 500 };
const LEFT = 100;
const RIGHT = 1476;
/** Counts of the history and rates of the forecast differ by an order of magnitude: a panel each, one time axis. */
const COUNTS = { top: 112, bottom: 202 };
const RATES = { top: 226, bottom: 436 };

/** Okabe & Ito (2008), "Color Universal Design": told apart with any colour vision. */
const COLOUR = { counts: "#444444", mean: "#999999", forecast: "#0072b2", matches: "#e69f00", now: "#d55e00" };
const BAND_OPACITY = 0.25;

/** "Historical incidents and 7-day forecast": counts per hour, then the forecast rate with its band. 1500 × 500 points. */
export function forecastChartSvg({ zone, history, forecast, matches, caption }: ForecastChart): string {
  const { hours, originHour, horizonHours, service } = forecast;
  const endHour = originHour + horizonHours;
  const startHour = Math.max(Math.min(history.startHour, originHour), originHour - SHOWN_HOURS);
  const x = scaleLinear().domain([startHour, endHour]).range([LEFT, RIGHT]);
  const hidden = startHour - history.startHour;
  const counted = history.values.subarray(hidden);
  const lead = Math.min(hidden, HOURS_PER_WEEK); // hours before the first shown that its mean reads
  const rolling = rollingMean(history.values.subarray(hidden - lead)).subarray(lead);
  const highestCount = Math.max(1, ...counted.filter((value) => !Number.isNaN(value)));
  const highestRate = Math.max(
    1e-6,
    ...hours.map(({ expectedIncidentsP90 }) => expectedIncidentsP90),
    ...rolling.filter((value) => !Number.isNaN(value)),
  );
  const counts = scaleLinear().domain([0, highestCount]).range([COUNTS.bottom, COUNTS.top]);
  const rates = scaleLinear().domain([0, highestRate]).nice(5).range([RATES.bottom, RATES.top]);

  const middle = (hour: WallHour) => x(hour + 0.5);
  const stems = [...counted].flatMap((value, i) => {
    if (!(value > 0)) return [];
    const at = middle(startHour + i);
    return [line(at, counts(0), at, counts(value), { stroke: COLOUR.counts, strokeWidth: 1.6 })];
  });
  const upper = overHours(hours, x, (hour) => rates(hour.expectedIncidentsP90));
  const lower = overHours(hours, x, (hour) => rates(hour.expectedIncidentsP10));
  const mean = overHours(hours, x, (hour) => rates(hour.expectedIncidents));
  const past = [...rolling].map(
    (value, i) => [middle(startHour + i), Number.isNaN(value) ? NaN : rates(value)] as const,
  );

  const days = horizonHours % HOURS_PER_DAY === 0 ? `${horizonHours / HOURS_PER_DAY}-day` : `${horizonHours}-hour`;
  const origin = zone.wallAt(hours[0]!.startMs);
  const span = `${dateLabel(startHour * HOUR_MS)} – ${dateLabel(endHour * HOUR_MS)}, ${zone.id}`;
  const nowLabel = `now: ${dayLabel(origin)} ${timeOfDay(origin)}`;
  const nowOnLeft = x(originHour) + textWidth(nowLabel, 12) + 8 > RIGHT;
  return svg(SIZE.width, SIZE.height, [
    text(LEFT, 34, titleOf(`Historical incidents and ${days} forecast`, { service, change: {} }), {
      size: 22,
      weight: "bold",
    }),
    text(LEFT, 55, span, { size: 13, fill: FAINT_INK }),
    ...legend(matches.length > 0),
    ...matchShades(matches, startHour, endHour, x),
    ...axis(counts, COUNTS, counts.ticks(Math.min(3, highestCount)).filter(Number.isInteger), [
      "incidents",
      "counted / h",
    ]),
    ...axis(rates, RATES, rates.ticks(5), ["expected", "incidents / h"]),
    ...timeAxis(startHour, endHour, x),
    ...stems,
    curve(past, { stroke: COLOUR.mean, strokeWidth: 1.5 }),
    area([...upper, ...lower.reverse()], { fill: COLOUR.forecast, opacity: BAND_OPACITY }),
    curve(mean, { stroke: COLOUR.forecast, strokeWidth: 1.8 }),
    line(x(originHour), COUNTS.top - 6, x(originHour), RATES.bottom, {
      stroke: COLOUR.now,
      strokeWidth: 1.5,
      dash: "5 3",
    }),
    text(x(originHour) + (nowOnLeft ? -6 : 6), COUNTS.top - 9, nowLabel, {
      size: 12,
      weight: "bold",
      fill: "#a04000",
      anchor: nowOnLeft ? "end" : "start",
    }),
    text((LEFT + RIGHT) / 2, SIZE.height - 16, `Date (${zone.id})`, { size: 13, anchor: "middle" }),
    captionOf(caption, SIZE.width, SIZE.height),
  ]);
}

type Scale = { (value: number): number; ticks(count: number): number[] };

function axis(
  scale: Scale,
  panel: { top: number; bottom: number },
  ticks: readonly number[],
  name: readonly string[],
): string[] {
  const centre = (panel.top + panel.bottom) / 2;
  return [
    ...ticks.flatMap((tick) => [
      line(LEFT, scale(tick), RIGHT, scale(tick), { stroke: "#e4e4e4", strokeWidth: 1 }),
      text(LEFT - 8, scale(tick) + 4.3, tickText(tick, ticks), { size: 12, anchor: "end" }),
    ]),
    line(LEFT, panel.top, LEFT, panel.bottom, { stroke: INK, strokeWidth: 1 }),
    line(LEFT, panel.bottom, RIGHT, panel.bottom, { stroke: INK, strokeWidth: 1 }),
    ...name.map((row, i) => text(18 + 14 * i, centre, row, { size: 11.5, anchor: "middle", rotate: -90 })),
  ];
}

/** As many decimals as the step between ticks has. */
function tickText(tick: number, ticks: readonly number[]): string {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  return tick.toFixed(Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))));
}

const TICK_STEPS = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720, 1440] as const;
const LABEL_ROOM = 92;

function timeAxis(startHour: WallHour, endHour: WallHour, x: Scale): string[] {
  const step = TICK_STEPS.find((hours) => x(startHour + hours) - x(startHour) >= LABEL_ROOM) ?? TICK_STEPS.at(-1)!;
  const first = Math.ceil(startHour / Math.min(step, HOURS_PER_DAY)) * Math.min(step, HOURS_PER_DAY);
  const ticks: string[] = [];
  for (let hour = first; hour <= endHour; hour += step) {
    const wallMs = hour * HOUR_MS;
    const label = hourOfDay(hour) === 0 ? dayLabel(wallMs) : timeOfDay(wallMs);
    const half = textWidth(label, 12) / 2;
    const at = Math.min(Math.max(x(hour), half + 4), SIZE.width - half - 4);
    ticks.push(
      line(x(hour), RATES.bottom, x(hour), RATES.bottom + 5, { stroke: INK, strokeWidth: 1 }),
      text(at, RATES.bottom + 20, label, { size: 12, anchor: "middle" }),
    );
  }
  return ticks;
}

/** Hours with matches, darker where the summed multiplier is higher. */
function matchShades(matches: ForecastChart["matches"], startHour: WallHour, endHour: WallHour, x: Scale): string[] {
  const inside = matches.filter(({ hour }) => hour >= startHour && hour < endHour).sort((a, b) => a.hour - b.hour);
  const highest = Math.max(...inside.map(({ trafficMultiplier }) => trafficMultiplier));
  return inside.map(({ hour, trafficMultiplier }) =>
    rect(x(hour), COUNTS.top, x(hour + 1) - x(hour), RATES.bottom - COUNTS.top, {
      fill: COLOUR.matches,
      opacity: 0.1 + (0.3 * trafficMultiplier) / highest,
    }),
  );
}

function legend(withMatches: boolean): string[] {
  const y = 78;
  const entries: { label: string; mark: (x: number) => string }[] = [
    {
      label: "incidents counted per hour",
      mark: (x) => line(x + 12, y - 10, x + 12, y + 2, { stroke: COLOUR.counts, strokeWidth: 1.6 }),
    },
    {
      label: "mean of the last 7 days",
      mark: (x) => line(x, y - 4, x + 24, y - 4, { stroke: COLOUR.mean, strokeWidth: 1.5 }),
    },
    {
      label: "expected incidents per hour",
      mark: (x) => line(x, y - 4, x + 24, y - 4, { stroke: COLOUR.forecast, strokeWidth: 1.8 }),
    },
    {
      label: "80 % band of that rate",
      mark: (x) => rect(x, y - 10, 24, 12, { fill: COLOUR.forecast, opacity: BAND_OPACITY }),
    },
  ];
  if (withMatches) {
    entries.push({
      label: "matches, darker for more traffic",
      mark: (x) => rect(x, y - 10, 24, 12, { fill: COLOUR.matches, opacity: 0.3 }),
    });
  }
  let at = LEFT;
  return entries.flatMap(({ label, mark }) => {
    const drawn = [mark(at), text(at + 30, y, label, { size: 12 })];
    at += 30 + textWidth(label, 12) + 18;
    return drawn;
  });
}

/** Points in the middle of each hour, and at both ends of the forecast, so that one hour is a line as well. */
function overHours(
  hours: readonly RiskHour[],
  x: Scale,
  yOf: (hour: RiskHour) => number,
): (readonly [number, number])[] {
  const [first, last] = [hours[0]!, hours.at(-1)!];
  return [
    [x(first.hour), yOf(first)],
    ...hours.map((hour) => [x(hour.hour + 0.5), yOf(hour)] as const),
    [x(last.hour + 1), yOf(last)],
  ];
}

/** Mean of the last week up to each hour, missing hours left out; NaN until a day has passed. */
function rollingMean(values: Float64Array): Float64Array {
  return values.map((_, i) => {
    if (i + 1 < HOURS_PER_DAY) return Number.NaN;
    const week = values.subarray(Math.max(0, i + 1 - HOURS_PER_WEEK), i + 1).filter((value) => !Number.isNaN(value));
    return week.reduce((sum, value) => sum + value, 0) / week.length;
  });
}
