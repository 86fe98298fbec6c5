import type { WallMs } from "../calendar/timestamp.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { integerBelow, ln, type Random, seededRandom } from "../chance/random.ts";
import type { Dependency } from "../events/dependency.ts";
import type { Incident } from "../events/incident.ts";
import { type Activity, drawActivity, type PlatformRequest } from "./activity.ts";
import { type CallsInto, callsInto, drawCascade, reachOf } from "./cascade.ts";
import type { Platform } from "./platform.ts";
import { drawServiceDeploys, type Failure, type ServiceDeploy, type TrueDeploy } from "./service-deploys.ts";
import { MEAN_REPAIR_MINUTES, SEVERITY_BEYOND } from "./service-scenario.ts";
import { type ServiceTrueHour, trueHours } from "./service-truth.ts";
import { drawServices, type Service } from "./services.ts";

export type ServicePlatformRequest = PlatformRequest & {
  /** how many, at least 1 */
  services: number;
};

/** An incident of a service. One that a deploy caused names it; one of type `dependency_failure` came from a callee. */
export type ServiceIncident = Incident & {
  id: string;
  service: string;
  /** undefined where it lies after the history */
  resolved_at: WallMs | undefined;
};

export type TrueDependency = Dependency & {
  /** chance that a failure of the callee fails the caller */
  propagation: number;
};

/** How likely a failure of `service` reaches another, by whatever way. */
export type TrueImpact = { service: string; reached: string; probability: number };

export type ServicePlatform = Pick<Platform, "matches"> & {
  /** in order of time, rollbacks among them */
  deploys: ServiceDeploy[];
  /** in order of time */
  incidents: ServiceIncident[];
  /** one entry an hour of history and future */
  truth: ServiceTrueHour[];
  /** one entry a deploy, repairs left out */
  trueDeploys: TrueDeploy[];
  services: Service[];
  /** of callers on callees, without a cycle */
  dependencies: TrueDependency[];
  /** pairs that a cascade joined when they were counted */
  impacts: TrueImpact[];
};

const MINUTE_MS = 60_000;
const STREAM = { services: 4, deploys: 5, incidents: 6, reach: 7 };

/**
 * Draws a platform of services: matches, times, sizes and load incidents are those of the platform without, to the last
 * minute; which deploys fail is drawn with the same luck, and another chance.
 */
export function generateServicePlatform(request: ServicePlatformRequest): ServicePlatform {
  const { seed } = request;
  const activity = drawActivity(request);
  const { services, calls } = drawServices(seededRandom(seed, STREAM.services), request.services);
  const into = callsInto(services.length, calls);
  const { deploys, failures, truth } = drawServiceDeploys(seededRandom(seed, STREAM.deploys), activity, services);
  const cascades = seededRandom(seed, STREAM.reach);
  const reaches = services.map((_, first) => reachOf(cascades, first, into));
  const nameOf = (service: number) => services[service]!.name;
  return {
    matches: activity.matches,
    deploys,
    incidents: drawIncidents(seededRandom(seed, STREAM.incidents), activity, failures, services, into),
    truth: trueHours(activity, services, reaches),
    trueDeploys: truth,
    services,
    dependencies: calls.map(({ caller, callee, propagation }) => ({
      caller: nameOf(caller),
      callee: nameOf(callee),
      propagation,
    })),
    impacts: reaches.flatMap(({ probabilities }, first) =>
      [...probabilities].flatMap((probability, service) =>
        probability === 0 ? [] : [{ service: nameOf(first), reached: nameOf(service), probability }],
      ),
    ),
  };
}

/** Failures of deploys and of load, and what they spread to, as far as it has happened before the history ends. */
function drawIncidents(
  random: Random,
  { loadIncidents, endHour }: Activity,
  failures: readonly Failure[],
  services: readonly Service[],
  into: CallsInto,
): ServiceIncident[] {
  const end = endHour * HOUR_MS;
  const loadFailures = loadIncidents.map((incident) => ({
    incident,
    service: integerBelow(random, services.length),
    repairedAt: undefined,
  }));
  const all = [...failures, ...loadFailures].flatMap(({ incident, service, repairedAt }) => {
    const cascade = drawCascade(random, service, into).map((hit) => ({
      timestamp: incident.timestamp + hit.minutes * MINUTE_MS,
      incident_type: "dependency_failure",
      severity: SEVERITY_BEYOND[incident.severity],
      service: services[hit.service]!.name,
    }));
    return [{ ...incident, service: services[service]!.name }, ...cascade].map((one) => ({
      ...one,
      resolved_at: Math.max(one.timestamp, repairedAt ?? one.timestamp + drawRepairMs(random, one.severity)),
    }));
  });
  return all
    .filter(({ timestamp }) => timestamp < end)
    .sort((a, b) => a.timestamp - b.timestamp)
    .map((incident, index) => ({
      ...incident,
      id: `incident-${index + 1}`,
      resolved_at: incident.resolved_at < end ? incident.resolved_at : undefined,
    }));
}

function drawRepairMs(random: Random, severity: Incident["severity"]): number {
  return Math.ceil(-ln(1 - random()) * MEAN_REPAIR_MINUTES[severity]) * MINUTE_MS;
}
