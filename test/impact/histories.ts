import { HOUR_MS } from "../../src/calendar/zone.ts";
import { seededRandom } from "../../src/chance/random.ts";
import type { Dependency } from "../../src/events/dependency.ts";
import type { Incident } from "../../src/events/incident.ts";
import { incident, wall } from "../risk/events.ts";

export type Cascades = {
  /** chance that a failure travels, by `callee>caller` */
  truth: Readonly<Record<string, number>>;
  days: number;
  /** failures by chance of every service and day */
  perDay: number;
  seed: number;
};

/** Incidents of services that fail by chance and take those with them that need them, within the hour. */
export function cascadesOf(dependencies: readonly Dependency[], { truth, days, perDay, seed }: Cascades): Incident[] {
  const random = seededRandom(seed, 0);
  const start = wall("2024-01-01 00:00");
  const services = [...new Set(dependencies.flatMap(({ caller, callee }) => [caller, callee]))];
  const incidents: Incident[] = [];
  const fail = (service: string, timestamp: number, failed: Set<string>): void => {
    failed.add(service);
    incidents.push(incident("2024-01-01 00:00", { service, timestamp, incident_type: "unknown" }));
    for (const { caller, callee } of dependencies) {
      if (callee !== service || failed.has(caller) || random() >= truth[`${callee}>${caller}`]!) continue;
      fail(caller, timestamp + Math.floor(random() * 0.5 * HOUR_MS), failed);
    }
  };
  for (let hour = 0; hour < 24 * days; hour += 1) {
    for (const service of services)
      if (random() < perDay / 24) fail(service, start + Math.floor((hour + random()) * HOUR_MS), new Set());
  }
  return incidents.sort((a, b) => a.timestamp - b.timestamp);
}
