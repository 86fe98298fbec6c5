import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";

/** Which incident is put down to what. Every incident is in exactly one list. */
export type Attribution = {
  /** deploys that can cause incidents: all but repairs, in order of time */
  deploys: readonly Deploy[];
  /** index into `deploys` of each deploy that failed, with the whole hours until its incident surfaced */
  failures: readonly { deploy: number; delayHours: number }[];
  /** hours of the incidents known to be caused by load */
  load: readonly WallHour[];
  /** hours of all others */
  other: readonly WallHour[];
};

/**
 * Puts each incident that load is not known to have caused down to the deploy named by `deploy_id`, else to the last
 * deploy at or before it (of the same service where both name one) within `attributionHours`. A deploy fails once:
 * a second incident on it counts as other.
 *
 * @param deploys   in order of time; repairs are left out
 * @param incidents in order of time
 */
export function attribute(
  deploys: readonly Deploy[],
  incidents: readonly Incident[],
  attributionHours: number,
): Attribution {
  const candidates = deploys.filter((deploy) => deploy.is_rollback !== true);
  const byId = new Map(candidates.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  const failures: { deploy: number; delayHours: number }[] = [];
  const failed = new Set<number>();
  const load: WallHour[] = [];
  const other: WallHour[] = [];
  const latest = new LatestDeploy(candidates);
  for (const incident of incidents) {
    const hour = hourOf(incident.timestamp);
    latest.advance(incident.timestamp);
    if (causeOf(incident) === "load") {
      load.push(hour);
      continue;
    }
    const named = incident.deploy_id === undefined ? undefined : byId.get(incident.deploy_id);
    const index = named ?? latest.of(incident.service);
    const deploy = index === undefined ? undefined : candidates[index];
    const late = deploy !== undefined && incident.timestamp - deploy.timestamp > attributionHours * HOUR_MS;
    if (index === undefined || deploy === undefined || failed.has(index) || (named === undefined && late)) {
      other.push(hour);
      continue;
    }
    failed.add(index);
    failures.push({ deploy: index, delayHours: Math.max(0, hour - hourOf(deploy.timestamp)) });
  }
  return { deploys: candidates, failures, load, other };
}

/** The last deploy so far: of a service, of no stated service, and of all. */
class LatestDeploy {
  readonly #deploys: readonly Deploy[];
  #next = 0;
  #ofAll: number | undefined;
  #ofNone: number | undefined;
  readonly #ofService = new Map<string, number>();

  constructor(deploys: readonly Deploy[]) {
    this.#deploys = deploys;
  }

  advance(to: number): void {
    for (let deploy = this.#deploys[this.#next]; deploy !== undefined && deploy.timestamp <= to; ) {
      this.#ofAll = this.#next;
      if (deploy.service === undefined) this.#ofNone = this.#next;
      else this.#ofService.set(deploy.service, this.#next);
      this.#next += 1;
      deploy = this.#deploys[this.#next];
    }
  }

  of(service: string | undefined): number | undefined {
    if (service === undefined) return this.#ofAll;
    const same = this.#ofService.get(service);
    if (same === undefined || this.#ofNone === undefined) return same ?? this.#ofNone;
    return Math.max(same, this.#ofNone);
  }
}
