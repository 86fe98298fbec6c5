/**
 * The services of a platform like a sports streaming service, in numbers: who calls whom, whose deploys fail more often,
 * and how a failure spreads. Every factor on a deploy's chance to fail has mean 1, so that a platform of services fails as
 * often as one without.
 * @module
 */

import type { Incident } from "../events/incident.ts";

/** Names in order of importance, and how deep each lies: a service calls deeper ones alone. 0 faces the viewer. */
const NAMES: readonly (readonly [name: string, depth: number])[] = [
  ["api-gateway", 1],
  ["playback", 2],
  ["auth", 3],
  ["live-score", 2],
  ["ads", 2],
  ["web-app", 0],
  ["catalog", 3],
  ["billing", 3],
  ["mobile-app", 0],
  ["session-store", 4],
  ["notifications", 2],
  ["config", 4],
  ["tv-app", 0],
  ["match-center", 2],
  ["recommendations", 2],
  ["entitlements", 3],
  ["search", 2],
  ["user-profile", 3],
  ["event-bus", 4],
  ["cdn-router", 3],
  ["drm", 3],
  ["live-encoder", 3],
  ["chat", 2],
  ["highlights", 2],
  ["payments", 3],
  ["fixtures", 3],
  ["statistics", 3],
  ["packager", 4],
  ["fantasy-league", 2],
  ["geo-blocking", 3],
  ["feature-flags", 4],
  ["partner-api", 1],
  ["player-telemetry", 3],
  ["email", 3],
  ["rate-limiter", 4],
  ["metadata-store", 4],
  ["ab-testing", 3],
  ["object-store", 4],
  ["audit-log", 4],
  ["support-desk", 0],
];

/** The service at a place of the order; past the names they repeat with a number, as `playback-2`. */
export function namedService(index: number): { name: string; depth: number } {
  const [name, depth] = NAMES[index % NAMES.length]!;
  const round = Math.floor(index / NAMES.length);
  return { name: round === 0 ? name : `${name}-${round + 1}`, depth };
}

/**
 * Services that each calls: one, and more by a Poisson law, as far as there are deeper ones. Two calls a service are what
 * the 20 systems of Rahman, Panichella & Taibi (2019), "A Curated Dataset of Microservices-Based Systems", have.
 */
export const CALLS = { least: 1, meanMore: 1.2 };

/** By how much a service that lies one level deeper is called less. */
export const DEPTH_DECAY = 0.5;

/** Most calls can do without the answer; some cannot. Chance that a failure of the callee fails the caller. */
export const PROPAGATION = {
  hardShare: 0.25,
  hard: [0.25, 0.5],
  soft: [0.01, 0.06],
} as const;

/** Minutes until a failure has reached a caller, each alike. */
export const PROPAGATION_MINUTES = { from: 1, to: 8 };

/** How services differ, as standard deviations of a logarithm; none is farther than two of them from the middle. */
export const SPREAD = { deploys: 0.6, failure: 0.5, duration: 0.3 };

/** Added to a service's failure factor, in parts of it, by every service that it calls and by every one that calls it. */
export const COUPLING = { callee: 0.08, caller: 0.04 };

export type DeploymentType = { name: string; factor: number; minutes: number };

/** Shares sum to 1, and so do shares times factors. Minutes are those of an average service. */
export const DEPLOYMENT_TYPES: readonly (readonly [DeploymentType, number])[] = [
  [{ name: "rolling", factor: 1, minutes: 22 }, 0.5],
  [{ name: "canary", factor: 0.6, minutes: 50 }, 0.25],
  [{ name: "blue_green", factor: 1, minutes: 18 }, 0.15],
  [{ name: "recreate", factor: 2, minutes: 14 }, 0.1],
];

export type Environment = { name: string; factor: number };

/** All are of production: a deploy to staging harms no viewer, and would count as a deploy that cannot fail. */
export const ENVIRONMENTS: readonly (readonly [Environment, number])[] = [
  [{ name: "production-br", factor: 1.2 }, 0.5],
  [{ name: "production-eu", factor: 0.9 }, 0.3],
  [{ name: "production-us", factor: 0.65 }, 0.2],
];

/**
 * A service is troubled now and then, and its deploys fail more often while it is, so that failures come in clusters.
 * `memoryHours` is the time in which what it was fades to 1/e: spells last 6 days on average, 30 days apart.
 */
export const TROUBLE = { share: 1 / 6, troubledFactor: 2.5, soundFactor: 0.7, memoryHours: 120 };

/** No deploy is sure to fail. Binds for at most one deploy in a thousand, which the truth of hours leaves out. */
export const HIGHEST_CHANCE = 0.95;

/** Minutes from the start of a deploy to its incident, each alike. A deploy takes longer than that. */
export const SURFACING_MINUTES = { from: 1, to: 10 };

/** Chance that a failed deploy is rolled back, minutes from its incident until that starts, and how long it takes. */
export const ROLLBACK = { chance: 0.7, start: { from: 3, to: 30 }, minutes: { from: 4, to: 12 } };

/** Minutes, on average, from an incident to its end where no rollback ends it; by an exponential law. */
export const MEAN_REPAIR_MINUTES: Readonly<Record<Incident["severity"], number>> = { low: 25, medium: 50, high: 110 };

/** A failure of a callee is one level less severe for the caller. */
export const SEVERITY_BEYOND: Readonly<Record<Incident["severity"], Incident["severity"]>> = {
  high: "medium",
  medium: "low",
  low: "low",
};
