import type { WallMs } from "../calendar/timestamp.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { exp, integerBetween, pick, type Random } from "../chance/random.ts";
import type { Incident } from "../events/incident.ts";
import type { Activity, Attempt } from "./activity.ts";
import { deploySeverity } from "./scenario.ts";
import {
  DEPLOYMENT_TYPES,
  ENVIRONMENTS,
  HIGHEST_CHANCE,
  ROLLBACK,
  SURFACING_MINUTES,
  TROUBLE,
} from "./service-scenario.ts";
import type { Service } from "./services.ts";

export type ServiceDeploy = Attempt["deploy"] & {
  id: string;
  service: string;
  version: string;
  environment: string;
  deployment_type: string;
  /** undefined where it lies after the history */
  finished_at: WallMs | undefined;
  /** undefined where it is not known before the history ends */
  outcome: "success" | "failure" | undefined;
  is_rollback: boolean;
};

/** What the outcome of a deploy was drawn from. */
export type TrueDeploy = {
  id: string;
  failureProbability: number;
  /** whether its service was in a troubled spell, which no file tells */
  troubled: boolean;
};

/** A failure of a service, before it spreads. */
export type Failure = {
  incident: Incident;
  /** place in the list of services */
  service: number;
  /** when a rollback ends it */
  repairedAt: WallMs | undefined;
};

const MINUTE_MS = 60_000;

/** Draws where and how every deploy of the platform ran, which failed, and the rollbacks of those. */
export function drawServiceDeploys(
  random: Random,
  { attempts, endHour }: Activity,
  services: readonly Service[],
): { deploys: ServiceDeploy[]; failures: Failure[]; truth: TrueDeploy[] } {
  const end = endHour * HOUR_MS;
  const shares = services.map(({ deployShare }, index) => [index, deployShare] as const);
  const states = services.map(() => ({ spell: new Spell(random), releases: 0, live: "1.0.0" }));
  const deploys: ServiceDeploy[] = [];
  const failures: Failure[] = [];
  const truth: TrueDeploy[] = [];
  const add = (deploy: Omit<ServiceDeploy, "finished_at" | "outcome">, finishedAt: WallMs, failed: boolean) => {
    const known = finishedAt < end;
    const outcome = failed ? "failure" : "success";
    if (deploy.timestamp < end)
      deploys.push({ ...deploy, finished_at: known ? finishedAt : undefined, outcome: known ? outcome : undefined });
  };
  attempts.forEach(({ deploy, chance: average, luck }, index) => {
    const { timestamp } = deploy;
    const place = pick(random, shares);
    const service = services[place]!;
    const state = states[place]!;
    const type = pick(random, DEPLOYMENT_TYPES);
    const environment = pick(random, ENVIRONMENTS);
    const troubled = state.spell.at(timestamp);
    const trouble = troubled ? TROUBLE.troubledFactor : TROUBLE.soundFactor;
    const chance = Math.min(
      HIGHEST_CHANCE,
      average * service.failureFactor * type.factor * environment.factor * trouble,
    );
    const minutes = Math.round(type.minutes * service.durationFactor * (0.75 + 0.5 * random()));
    const plannedEnd = timestamp + Math.max(SURFACING_MINUTES.to + 1, minutes) * MINUTE_MS;
    state.releases += 1;
    const previous = state.live;
    const version = `1.${state.releases}.0`;
    const id = `deploy-${index + 1}`;
    const where = { service: service.name, environment: environment.name, deployment_type: type.name };
    const row = { ...deploy, id, ...where, version, is_rollback: false };
    truth.push({ id, failureProbability: chance, troubled });
    if (luck >= chance) {
      state.live = version;
      add(row, plannedEnd, false);
      return;
    }
    const surfacesAt = timestamp + integerBetween(random, SURFACING_MINUTES) * MINUTE_MS;
    const rolledBack = random() < ROLLBACK.chance;
    const rollbackAt = surfacesAt + integerBetween(random, ROLLBACK.start) * MINUTE_MS;
    const repairedAt = rollbackAt + integerBetween(random, ROLLBACK.minutes) * MINUTE_MS;
    add(row, rolledBack ? Math.min(plannedEnd, rollbackAt) : plannedEnd, true);
    if (rolledBack)
      add(
        { ...row, id: `${id}-rollback`, timestamp: rollbackAt, version: previous, is_rollback: true },
        repairedAt,
        false,
      );
    else state.live = version;
    const incident = {
      timestamp: surfacesAt,
      incident_type: "deploy_incident",
      severity: deploySeverity(chance),
      deploy_id: id,
    };
    failures.push({ incident, service: place, repairedAt: rolledBack ? repairedAt : undefined });
  });
  return { deploys: deploys.sort((a, b) => a.timestamp - b.timestamp), failures, truth };
}

/** Whether a service is troubled: a Markov process of two states in continuous time, looked at in order of time. */
class Spell {
  readonly #random: Random;
  #troubled: boolean;
  #at: WallMs | undefined;

  constructor(random: Random) {
    this.#random = random;
    this.#troubled = random() < TROUBLE.share;
  }

  at(timestamp: WallMs): boolean {
    const hours = (timestamp - (this.#at ?? timestamp)) / HOUR_MS;
    const memory = exp(-hours / TROUBLE.memoryHours);
    this.#at = timestamp;
    this.#troubled = this.#random() < TROUBLE.share + ((this.#troubled ? 1 : 0) - TROUBLE.share) * memory;
    return this.#troubled;
  }
}
