/**
 * What a deployment history tells of a change before it starts.
 *
 * Sources of the kinds of features: Kamei et al. (2013), "A Large-Scale Empirical Study of Just-in-Time Quality Assurance",
 * IEEE Transactions on Software Engineering 39(6), for size, purpose and experience before the change; Forsgren, Humble &
 * Kim (2018), "Accelerate", for deployment frequency and failure rate; Zimmermann & Nagappan (2008), "Predicting Defects
 * Using Network Analysis on Dependency Graphs", ICSE, for callers and callees; Cox (2006), "In Praise of Trigonometric
 * Predictors", The Stata Journal 6(4), for the hour on a circle.
 * @module
 */

import type { WallMs } from "../calendar/timestamp.ts";
import { dayOfWeek, HOURS_PER_DAY, hourOfDay } from "../calendar/week.ts";
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
  | "services"
  | "compoundServices"
  | "durations"
  | "incidents"
  | "serviceIncidents"
  | "matches"
  | "dependencies"
  | "environments"
  | "deploymentTypes";

/** The sources a history has. */
export function sourcesOf({ deploys, incidents, matches = [], dependencies = [] }: DeployHistory): ReadonlySet<Source> {
  const services = deploys.some(({ service }) => service !== undefined);
  const has: Record<Source, boolean> = {
    services,
    compoundServices: deploys.some(({ service }) => service !== undefined && COMPOUND.test(service)),
    durations: deploys.some(({ finished_at }) => finished_at !== undefined),
    incidents: incidents.length > 0,
    serviceIncidents: services && incidents.some(({ service }) => service !== undefined),
    matches: matches.length > 0,
    dependencies: services && dependencies.length > 0,
    environments: deploys.some(({ environment }) => environment !== undefined),
    deploymentTypes: deploys.some(({ deployment_type }) => deployment_type !== undefined),
  };
  return new Set((Object.keys(has) as Source[]).filter((source) => has[source]));
}

export type Feature = { name: string; source?: Source } & (
  | { kind: "number"; of: (moment: Moment) => number }
  | { kind: "category"; of: (moment: Moment) => string | undefined }
);

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const COMPOUND = /[^-_.\s/][-_.\s/]+([^-_.\s/]+)$/;

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

/** Every feature, in the order of the columns; NaN and undefined are missing. "Known" is what was known when it started. */
export const FEATURES: readonly Feature[] = [
  /** hours since midnight, 0 to 24, and the same on a circle, so that 23:59 is near 00:00 */
  { name: "hourOfDay", kind: "number", of: ({ deploy }) => hoursOf(deploy.at) },
  { name: "hourSine", kind: "number", of: ({ deploy }) => Math.sin(angleOf(deploy.at)) },
  { name: "hourCosine", kind: "number", of: ({ deploy }) => Math.cos(angleOf(deploy.at)) },
  { name: "dayOfWeek", kind: "category", of: ({ deploy }) => DAYS[dayOfWeek(hourOf(deploy.at))] },

  { name: "size", kind: "category", of: ({ deploy }) => deploy.size },
  /** 1 or 0 */
  { name: "criticalFix", kind: "number", of: ({ deploy: { critical } }) => Number(critical ?? Number.NaN) },
  { name: "environment", source: "environments", kind: "category", of: ({ deploy }) => deploy.environment },
  { name: "deploymentType", source: "deploymentTypes", kind: "category", of: ({ deploy }) => deploy.deploymentType },
  { name: "service", source: "services", kind: "category", of: ({ deploy }) => deploy.service },
  /** the last word of a name of several: "api" of "content-data-api" */
  {
    name: "serviceType",
    source: "compoundServices",
    kind: "category",
    of: ({ deploy: { service } }) => service && COMPOUND.exec(service)?.[1],
  },
  /** services it needs, services that need it */
  {
    name: "dependencies",
    source: "dependencies",
    kind: "number",
    of: ({ degree }) => degree?.dependencies ?? Number.NaN,
  },
  { name: "dependents", source: "dependencies", kind: "number", of: ({ degree }) => degree?.dependents ?? Number.NaN },

  /** highest summed traffic multiplier within two hours, before or after: matches are fixtures, known in advance */
  { name: "nearbyMatchIntensity", source: "matches", kind: "number", of: ({ intensity }) => intensity },

  /** share of successes among known outcomes, 0..1, drawn towards a typical one; a service's towards the platform's */
  { name: "successRate", kind: "number", of: ({ platform }) => 1 - platform.failureRate(PLATFORM_PRIOR) },
  {
    name: "serviceSuccessRate",
    source: "services",
    kind: "number",
    of: ({ platform, service }) => 1 - (service?.failureRate(servicePrior(platform)) ?? Number.NaN),
  },
  /** share of failures among the last five known outcomes, 0..1 */
  ...ofBoth("recentFailures", (record) => record.recentFailures),
  ...ofBoth("daysSinceDeploy", (record, at) => record.daysSinceDeploy(at)),
  ...ofBoth("deploysLast24h", (record, at) => record.deploysLastDay(at)),
  /** deploys of the last 7 days over those of the mean week of the last 28 */
  ...ofBoth("velocityTrend", (record, at) => record.velocityTrend(at)),
  /** deploys that run when it starts */
  ...ofBoth("concurrentDeploys", (record) => record.running),
  ...ofBoth("averageDurationMinutes", (record) => record.averageDurationMinutes, "durations", "durations"),
  ...ofBoth("daysSinceIncident", (record, at) => record.daysSinceIncident(at), "incidents", "serviceIncidents"),
];

/** A feature of the platform, and the same of the service. */
function ofBoth(
  name: string,
  of: (record: TrackRecord, at: number) => number,
  source?: Source,
  serviceSource: Source = "services",
): Feature[] {
  return [
    { name, kind: "number", of: ({ platform, at }) => of(platform, at), ...(source && { source }) },
    {
      name: `service${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      source: serviceSource,
      kind: "number",
      of: ({ service, at }) => (service === undefined ? Number.NaN : of(service, at)),
    },
  ];
}

function hoursOf(wallMs: WallMs): number {
  return hourOfDay(hourOf(wallMs)) + wallMs / HOUR_MS - hourOf(wallMs);
}

function angleOf(wallMs: WallMs): number {
  return (2 * Math.PI * hoursOf(wallMs)) / HOURS_PER_DAY;
}
