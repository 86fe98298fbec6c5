import type { WallHour } from "../calendar/zone.ts";

/** A value for every wall-clock hour from `startHour` on, no gaps; NaN where the hour is missing. */
export type HourlySeries = { startHour: WallHour; values: Float64Array };
