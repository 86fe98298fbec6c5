/**
 * Which deploys failed, and since when anybody could know.
 *
 * A failure is what DORA counts as one: a change that led to an incident or had to be rolled back (Forsgren, Humble & Kim
 * 2018, "Accelerate", change failure rate). A stated `outcome` has the last word. Else a deploy failed
 * - where an incident names it by `deploy_id`; or names none that has started, comes within the attribution hours, and no
 *   later deploy of the same service (where both name one) lies between; load incidents are never put down to a deploy;
 * - where a repair of the same service, named by both, comes within the attribution hours and no later deploy of the service
 *   lies between, unless an incident since the last repair of the service says what is repaired.
 * What has not failed within the attribution hours has succeeded. Blame needs nothing that comes after the incident or the
 * repair, so that what was believed at any moment can be told from what lay before it.
 *
 * Without services a repair does not tell what it repairs: on Wikimedia's configuration changes, whose failures are known,
 * blaming the latest change for every repair makes 185 wrong failures beside 147 right ones, and incidents alone 31.
 * @module
 */

import { causeOf, type Incident } from "../events/incident.ts";
import type { TimedDeploy, Timeline } from "./timeline.ts";

/** What was held of a deploy from a moment on, epoch milliseconds. */
export type Belief = { at: number; failed: boolean };

/**
 * What came to be believed of each of `timeline.deploys`, in order of time: at least one belief each, each other than the one
 * before it. The last is how the deploy ended; where no outcome is stated, provided that nothing else has happened until then.
 */
export function beliefsOf(timeline: Timeline): Belief[][] {
  const blamedAt = firstBlames(timeline);
  return timeline.deploys.map(({ at, finishedAt, deploy: { outcome } }, i) => {
    const silentUntil = at + timeline.attributionMs;
    const statedAt = outcome === undefined ? Infinity : (finishedAt ?? silentUntil);
    const beliefs: Belief[] = [];
    if (silentUntil < Math.min(blamedAt[i]!, statedAt)) beliefs.push({ at: silentUntil, failed: false });
    if (blamedAt[i]! < statedAt) beliefs.push({ at: blamedAt[i]!, failed: true });
    const failed = outcome === "failure";
    if (outcome !== undefined && beliefs.at(-1)?.failed !== failed) beliefs.push({ at: statedAt, failed });
    return beliefs;
  });
}

/** When an incident or a repair first spoke against each deploy, Infinity for never. [deploys] */
function firstBlames({ deploys, repairs, incidents, attributionMs }: Timeline): Float64Array {
  const blamedAt = new Float64Array(deploys.length).fill(Infinity);
  const latest = new LatestDeploys(deploys);
  const blame = (index: number | undefined, at: number) => {
    if (index !== undefined) blamedAt[index] = Math.min(blamedAt[index]!, at);
  };
  const unrepaired = new Map<string, number>(); // when the last incident since the last repair came, by service
  let next = 0;
  const blameIncidents = (until: number) => {
    for (; next < incidents.length && incidents[next]!.at <= until; next += 1) {
      const { at, incident } = incidents[next]!;
      if (causeOf(incident) === "load") continue;
      const suspect = latest.suspectOf(incident, at, attributionMs);
      if (suspect === undefined) continue;
      blame(suspect, at);
      const service = deploys[suspect]!.deploy.service ?? incident.service;
      if (service !== undefined) unrepaired.set(service, at);
    }
  };
  for (const { at, deploy } of repairs) {
    blameIncidents(at);
    if (deploy.service === undefined) continue;
    const explained = (unrepaired.get(deploy.service) ?? -Infinity) >= at - attributionMs;
    if (!explained) blame(latest.ofService(deploy.service, at, attributionMs), at);
    unrepaired.delete(deploy.service);
  }
  blameIncidents(Infinity);
  return blamedAt;
}

/** The latest deploys before a moment that only moves on. */
class LatestDeploys {
  readonly #deploys: readonly TimedDeploy[];
  readonly #byId = new Map<string, number>();
  readonly #byService = new Map<string | undefined, number>();
  #started = 0;

  constructor(deploys: readonly TimedDeploy[]) {
    this.#deploys = deploys;
  }

  /** The deploy an incident is put down to. */
  suspectOf({ deploy_id, service }: Incident, at: number, withinMs: number): number | undefined {
    this.#moveTo(at);
    const named = deploy_id === undefined ? undefined : this.#byId.get(deploy_id);
    if (named !== undefined) return named;
    if (service === undefined) return this.#within(this.#started - 1, at, withinMs);
    const [own, unnamed] = [this.#byService.get(service) ?? -1, this.#byService.get(undefined) ?? -1];
    return this.#within(Math.max(own, unnamed), at, withinMs);
  }

  ofService(service: string, at: number, withinMs: number): number | undefined {
    this.#moveTo(at);
    return this.#within(this.#byService.get(service) ?? -1, at, withinMs);
  }

  #within(index: number, at: number, withinMs: number): number | undefined {
    return index >= 0 && at - this.#deploys[index]!.at <= withinMs ? index : undefined;
  }

  #moveTo(at: number): void {
    for (; this.#started < this.#deploys.length && this.#deploys[this.#started]!.at <= at; this.#started += 1) {
      const { id, service } = this.#deploys[this.#started]!.deploy;
      if (id !== undefined) this.#byId.set(id, this.#started);
      this.#byService.set(service, this.#started);
    }
  }
}
