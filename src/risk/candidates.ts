import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";

/** A deploy that may have caused an incident, and how long before it. */
export type Candidate = { deploy: number; delayMs: number /** of the grid */; delayHours: number };

/** An incident with everything that may have caused it. */
export type Suspects = {
  hour: WallHour;
  /** empty where no deploy is in question */
  deploys: readonly Candidate[];
  /** whether load may have caused it, where there was any */
  load: boolean;
  /** whether anything else may have caused it, even where deploys or load may have */
  other: boolean;
};

/**
 * What may have caused each incident: the deploy it names, else every deploy within `attributionHours` before it, of the
 * same service where both name one. A stated cause leaves the others out. Where it cannot be, since no deploy or no load came
 * before, nothing is left: the incident is then of other cause.
 *
 * @param deploys   in order of time, repairs left out
 * @param incidents in order of time
 */
export function suspectsOf(
  deploys: readonly Deploy[],
  incidents: readonly Incident[],
  attributionHours: number,
): Suspects[] {
  const byId = new Map(deploys.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  let from = 0;
  return incidents.map((incident) => {
    const hour = hourOf(incident.timestamp);
    const cause = causeOf(incident);
    const named = incident.deploy_id === undefined ? undefined : byId.get(incident.deploy_id);
    if (named !== undefined && cause !== "load") {
      const delayMs = Math.max(0, incident.timestamp - deploys[named]!.timestamp);
      const delayHours = Math.max(0, hour - hourOf(deploys[named]!.timestamp));
      return { hour, deploys: [{ deploy: named, delayMs, delayHours }], load: false, other: false };
    }
    while (from < deploys.length && incident.timestamp - deploys[from]!.timestamp > attributionHours * HOUR_MS)
      from += 1;
    const found: Candidate[] = [];
    for (let i = from; cause !== "load" && i < deploys.length; i += 1) {
      const { timestamp, service } = deploys[i]!;
      if (timestamp > incident.timestamp) break;
      if (service === undefined || incident.service === undefined || service === incident.service)
        found.push({ deploy: i, delayMs: incident.timestamp - timestamp, delayHours: hour - hourOf(timestamp) });
    }
    return { hour, deploys: found, load: cause !== "deploy", other: cause !== "deploy" && cause !== "load" };
  });
}
