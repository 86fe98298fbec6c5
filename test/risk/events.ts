import { parseTimestamp } from "../../src/calendar/timestamp.ts";
import type { Deploy } from "../../src/events/deploy.ts";
import type { Incident } from "../../src/events/incident.ts";
import type { Match } from "../../src/events/match.ts";

/** Wall-clock milliseconds of `YYYY-MM-DD HH:MM`. */
export function wall(text: string): number {
  const timestamp = parseTimestamp(text);
  if (timestamp?.kind !== "wall") throw new TypeError(`Cannot read "${text}"`);
  return timestamp.wallMs;
}

export function deploy(at: string, more: Partial<Deploy> = {}): Deploy {
  return { timestamp: wall(at), is_critical_fix: false, deploy_size: "medium", ...more };
}

export function incident(at: string, more: Partial<Incident> = {}): Incident {
  return { timestamp: wall(at), incident_type: "deploy_incident", severity: "low", ...more };
}

export function match(at: string, multiplier: number): Match {
  return { timestamp: wall(at), tournament: "Cup", traffic_multiplier: multiplier };
}
