import { HOUR_MS, type WallHour, Zone } from "../../src/calendar/zone.ts";
import type { RiskForecast, RiskHour } from "../../src/risk/risk-forecast.ts";

/** Wednesday 1 January 2025, 00:00. */
export const NEW_YEAR: WallHour = Date.UTC(2025, 0, 1) / HOUR_MS;

/** A forecast whose hours have the given risk, all of it from failing deploys. */
export function forecastOf(
  risks: readonly number[],
  more: { zone?: string; originHour?: WallHour; watchHours?: number } = {},
): RiskForecast {
  const zone = new Zone(more.zone ?? "UTC");
  const originHour = more.originHour ?? NEW_YEAR;
  const hours: RiskHour[] = [];
  risks.forEach((risk, i) => {
    const startMs = zone.startOf(originHour + i);
    if (startMs === undefined) return;
    hours.push({
      hour: originHour + i,
      startMs,
      durationHours: zone.exposure(originHour + i),
      expectedDeploys: 1,
      deployFailureProbability: risk,
      failureParts: { base: risk, hour: 0, day: 0, traffic: 0, change: 0 },
      loadIncidents: 0,
      otherIncidents: 0,
      followUpIncidents: 0,
      expectedIncidents: risk,
      expectedIncidentsP10: risk / 2,
      expectedIncidentsP90: risk * 2,
      probabilityOfIncident: 1 - Math.exp(-risk),
      risk,
    });
  });
  return {
    zone,
    originHour,
    horizonHours: risks.length,
    watchHours: more.watchHours ?? 2,
    change: {},
    service: null,
    deployForecast: undefined,
    hours,
  };
}

/** A week like that of the synthetic platform: matches on two evenings, deploys by day. */
export function typicalWeek(more: { zone?: string; originHour?: WallHour; horizon?: number } = {}): RiskForecast {
  const { horizon = 168 } = more;
  const forecast = forecastOf(new Array<number>(horizon).fill(0), more);
  const hours = forecast.hours.map((hour) => {
    const ofDay = ((hour.hour % 24) + 24) % 24;
    const day = Math.floor(hour.hour / 24) % 7;
    const evening = ofDay >= 18 && ofDay < 22 && (day === 0 || day === 3);
    const deployFailureProbability = 0.02 + (ofDay >= 9 && ofDay < 18 ? 0.02 : 0) + (evening ? 0.08 : 0);
    const loadIncidents = evening ? 0.12 : 0;
    const otherIncidents = 0.001;
    const expectedDeploys = ofDay >= 9 && ofDay < 18 ? 1.2 : 0.1;
    const expectedIncidents = expectedDeploys * deployFailureProbability + loadIncidents + otherIncidents;
    return {
      ...hour,
      expectedDeploys,
      deployFailureProbability,
      failureParts: {
        base: 0.02,
        hour: ofDay >= 9 && ofDay < 18 ? 0.02 : 0,
        day: 0,
        traffic: evening ? 0.08 : 0,
        change: 0,
      },
      loadIncidents,
      otherIncidents,
      followUpIncidents: 0,
      expectedIncidents,
      expectedIncidentsP10: expectedIncidents * 0.6,
      expectedIncidentsP90: expectedIncidents * 1.5,
      probabilityOfIncident: 1 - Math.exp(-expectedIncidents),
      risk: 1 - (1 - deployFailureProbability) * Math.exp(-2 * (loadIncidents + otherIncidents)),
    };
  });
  return { ...forecast, hours };
}
