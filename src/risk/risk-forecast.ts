import type { WallHour, Zone } from "../calendar/zone.ts";
import type { Forecast } from "../forecast/forecaster.ts";
import type { Change } from "./change.ts";

/** What makes deploys fail, in failures per deploy. */
export type FailureParts = {
  /** of every deploy */
  base: number;
  /** for the hour of the day */
  hour: number;
  /** for the day of the week */
  day: number;
  /** for matches nearby */
  traffic: number;
  /** for size, criticality, other deploys within an hour, hours since the last, and incidents of the week before */
  change: number;
};

/** One forecast hour. Rates are per clock hour, also where the wall-clock hour happens twice. */
export type RiskHour = {
  hour: WallHour;
  /** epoch milliseconds at which the hour starts */
  startMs: number;
  /** how long the hour lasts: 1, or 2 where clocks are set back */
  durationHours: number;
  /** D, deploys/hour; null where there is no deploy history */
  expectedDeploys: number | null;
  /** f of the change that was asked for, 0..1; null where there is no deploy history */
  deployFailureProbability: number | null;
  /** what f is the sum of (up to its limit of 1); null where there is no deploy history */
  failureParts: FailureParts | null;
  /** L, incidents/hour */
  loadIncidents: number;
  /** B, incidents/hour */
  otherIncidents: number;
  /** A, incidents/hour */
  followUpIncidents: number;
  /** μ, incidents/hour */
  expectedIncidents: number;
  expectedIncidentsP10: number;
  expectedIncidentsP90: number;
  /** of at least one incident in the hour, 0..1 */
  probabilityOfIncident: number;
  /** r, 0..1 */
  risk: number;
};

/** The forecast that windows, pictures and files are made from. Hours that clocks skip have no entry. */
export type RiskForecast = {
  zone: Zone;
  /** the first hour forecast */
  originHour: WallHour;
  horizonHours: number;
  watchHours: number;
  /** whose f and risk the hours have; empty for the average deploy */
  change: Change;
  /** whose figures these are; null for the whole platform */
  service: string | null;
  /** deploys per hour of the whole platform with their quantiles; undefined where there is no deploy history */
  deployForecast: Forecast | undefined;
  hours: readonly RiskHour[];
};
