/**
 * What a deployment history tells of a change before it starts.
 *
 * Sources of the kinds of features: Kamei et al. (2013), "A Large-Scale Empirical Study of Just-in-Time Quality Assurance",
 * IEEE Transactions on Software Engineering 39(6), for size, purpose and experience before the change; Forsgren, Humble &
 * Kim (2018), "Accelerate", for deployment frequency and failure rate; Zimmermann & Nagappan (2008), "Predicting Defects
 * Using Network Analysis on Dependency Graphs", ICSE, for callers and callees.
 * @module
 */

import type { WallMs } from "../calendar/timestamp.ts";
import { dayName, HOURS_PER_DAY, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { hourOf } from "../series/hourly-series.ts";
import type { DeployHistory } from "./timeline.ts";
import type { RatePrior, TrackRecord } from "./track-record.ts";

/** A deploy before it starts; what is not known of it is missing. */
export type PlannedDeploy = {
  at: WallMs;
  size?: Deploy["deploy_size"] | undefined;
  critical?: boolean | undefined;
  service?: string | undefined;
  environment?: string | undefined;
  deploymentType?: string | undefined;
};

/** What is known when a deploy starts. */
export type Moment = {
  deploy: PlannedDeploy;
  /** epoch milliseconds */
  at: number;
  platform: TrackRecord;
  /** undefined where the deploy names no service */
  service: TrackRecord | undefined;
  /** in the graph of services; undefined where the deploy names no service */
  degree: { dependencies: number; dependents: number } | undefined;
  /** highest summed multiplier of the matches within two hours */
  intensity: number;
};

/** What a column is made from; without it there is no column. */
type Source =
  | "deploys"
  | "services"
  | "compoundServices"
  | "durations"
  | "serviceDurations"
  | "incidents"
  | "serviceIncidents"
  | "matches"
  | "dependencies"
  | "environments"
  | "deploymentTypes";

/** The sources a history has. */
export function sourcesOf({ deploys, incidents, matches = [], dependencies = [] }: DeployHistory): ReadonlySet<Source> {
  const services = deploys.some(({ service }) => service !== undefined);
  const durations = deploys.some(({ finished_at }) => finished_at !== undefined);
  const has: Record<Source, boolean> = {
    deploys: true,
    services,
    compoundServices: deploys.some(({ service }) => service !== undefined && COMPOUND.test(service)),
    durations,
    serviceDurations: services && durations,
    incidents: incidents.length > 0,
    serviceIncidents: services && incidents.some(({ service }) => service !== undefined),
    matches: matches.length > 0,
    dependencies: services && dependencies.length > 0,
    environments: deploys.some(({ environment }) => environment !== undefined),
    deploymentTypes: deploys.some(({ deployment_type }) => deployment_type !== undefined),
  };
  return new Set((Object.keys(has) as Source[]).filter((source) => has[source]));
}

type NumberOf = (moment: Moment) => number;
type CategoryOf = (moment: Moment) => string | undefined;

type NumberFeature = { kind: "number"; of: NumberOf; period?: number };
export type Feature = { name: string; source: Source } & (NumberFeature | { kind: "category"; of: CategoryOf });

/** Names of several words tell the kind of service by their last: "api" of "content-data-api"; a number tells nothing. */
const COMPOUND = /[^-_.\s/][-_.\s/]+([^-_.\s/\d][^-_.\s/]*)$/;

/**
 * One failure in twenty deploys, believed as firmly as ten deploys would teach it. Change-failure rates of 5 % to 15 %
 * are typical (Google Cloud, "Accelerate State of DevOps 2023").
 */
const PLATFORM_PRIOR: RatePrior = { deploys: 10, failures: 0.5 };
/** Deploys by which a service's own failure rate counts as much as the platform's. */
const SERVICE_PRIOR_DEPLOYS = 20;

function servicePrior(platform: TrackRecord): RatePrior {
  const deploys = SERVICE_PRIOR_DEPLOYS;
  return { deploys, failures: deploys * platform.failureRate(PLATFORM_PRIOR) };
}

/** Every feature, in the order of the columns; NaN and undefined are missing. */
export const FEATURES: readonly Feature[] = [
  // hours since midnight
  { ...number("hourOfDay", "deploys", ({ deploy }) => hoursOf(deploy.at)), period: HOURS_PER_DAY },
  category("dayOfWeek", "deploys", ({ deploy }) => dayName(hourOf(deploy.at))),

  category("size", "deploys", ({ deploy }) => deploy.size),
  // 1 or 0
  number("criticalFix", "deploys", ({ deploy }) => Number(deploy.critical ?? Number.NaN)),
  category("environment", "environments", ({ deploy }) => deploy.environment),
  category("deploymentType", "deploymentTypes", ({ deploy }) => deploy.deploymentType),
  category("service", "services", ({ deploy }) => deploy.service),
  category("serviceType", "compoundServices", ({ deploy }) => COMPOUND.exec(deploy.service ?? "")?.[1]),
  // services it needs, services that need it
  number("dependencies", "dependencies", ({ degree }) => degree?.dependencies ?? Number.NaN),
  number("dependents", "dependencies", ({ degree }) => degree?.dependents ?? Number.NaN),

  // highest summed traffic multiplier within two hours, before or after: matches are known in advance
  number("nearbyMatchIntensity", "matches", ({ intensity }) => intensity),

  // share of successes among known outcomes, 0..1, drawn towards a typical one; a service's towards the platform's
  number("successRate", "deploys", ({ platform }) => 1 - platform.failureRate(PLATFORM_PRIOR)),
  number("serviceSuccessRate", "services", ({ platform, service }) =>
    service === undefined ? Number.NaN : 1 - service.failureRate(servicePrior(platform)),
  ),
  ...ofBoth("recentFailures", "deploys", "services", (record) => record.recentFailures),
  ...ofBoth("daysSinceDeploy", "deploys", "services", (record, at) => record.daysSinceDeploy(at)),
  ...ofBoth("deploysLast24h", "deploys", "services", (record, at) => record.deploysLastDay(at)),
  ...ofBoth("velocityTrend", "deploys", "services", (record, at) => record.velocityTrend(at)),
  ...ofBoth("concurrentDeploys", "deploys", "services", (record) => record.running),
  ...ofBoth("averageDurationMinutes", "durations", "serviceDurations", (record) => record.averageDurationMinutes),
  ...ofBoth("daysSinceIncident", "incidents", "serviceIncidents", (record, at) => record.daysSinceIncident(at)),
];

function number(name: string, source: Source, of: NumberOf): Feature & NumberFeature {
  return { name, source, kind: "number", of };
}

function category(name: string, source: Source, of: CategoryOf): Feature {
  return { name, source, kind: "category", of };
}

/** A feature of the platform, and the same of the service. */
function ofBoth(
  name: string,
  source: Source,
  serviceSource: Source,
  of: (record: TrackRecord, at: number) => number,
): Feature[] {
  return [
    number(name, source, ({ platform, at }) => of(platform, at)),
    number(`service${name.charAt(0).toUpperCase()}${name.slice(1)}`, serviceSource, ({ service, at }) =>
      service === undefined ? Number.NaN : of(service, at),
    ),
  ];
}

/** 0 to 24. */
function hoursOf(wallMs: WallMs): number {
  const hour = hourOf(wallMs);
  return hourOfDay(hour) + (wallMs - hour * HOUR_MS) / HOUR_MS;
}
