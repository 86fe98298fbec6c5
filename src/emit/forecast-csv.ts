import { stringify } from "csv-stringify/sync";
import type { Zone } from "../calendar/zone.ts";
import type { RiskForecast, RiskHour } from "../risk/risk-forecast.ts";
import type { HourlySeries } from "../series/hourly-series.ts";
import { rounded } from "../windows/document.ts";

const COLUMNS: readonly { column: string; of: (hour: RiskHour) => number | null }[] = [
  { column: "expected_deploys", of: (hour) => hour.expectedDeploys },
  { column: "deploy_failure_probability", of: (hour) => hour.deployFailureProbability },
  { column: "load_incidents", of: (hour) => hour.loadIncidents },
  { column: "other_incidents", of: (hour) => hour.otherIncidents },
  { column: "follow_up_incidents", of: (hour) => hour.followUpIncidents },
  { column: "expected_incidents", of: (hour) => hour.expectedIncidents },
  { column: "expected_incidents_p10", of: (hour) => hour.expectedIncidentsP10 },
  { column: "expected_incidents_p90", of: (hour) => hour.expectedIncidentsP90 },
  { column: "probability_of_incident", of: (hour) => hour.probabilityOfIncident },
  { column: "risk", of: (hour) => hour.risk },
];

/** hourly_risk_forecast.csv: a row per forecast hour; an unknown value is an empty cell. */
export function forecastCsv({ hours, zone }: RiskForecast, levels: readonly string[]): string {
  return stringify([
    ["timestamp", ...COLUMNS.map(({ column }) => column), "level"],
    ...hours.map((hour, i) => [zone.format(hour.startMs), ...COLUMNS.map(({ of }) => cell(of(hour))), levels[i]]),
  ]);
}

function cell(value: number | null): number | null {
  return value === null ? null : rounded(value);
}

/** hourly_risk_series.csv: a row per hour of the history that the wall clock shows. */
export function seriesCsv({ startHour, values }: HourlySeries, zone: Zone): string {
  const rows: (string | number)[][] = [["timestamp", "risk_incidents"]];
  values.forEach((value, i) => {
    const startMs = zone.startOf(startHour + i);
    if (startMs !== undefined) rows.push([zone.format(startMs), value]);
  });
  return stringify(rows);
}
