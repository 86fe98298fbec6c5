/**
 * A synthetic platform as the files of a folder, content by file name.
 * @module
 */

import { type WallMs, wallText } from "../calendar/timestamp.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { eventsCsv } from "../emit/events-csv.ts";
import { tableCsv } from "../emit/table-csv.ts";
import type { Platform, TrueHour } from "../synthetic/platform.ts";
import type { ServicePlatform } from "../synthetic/service-platform.ts";

export type Files = Readonly<Record<string, string>>;

const MATCH_COLUMNS = ["tournament", "traffic_multiplier"] as const;
const DEPLOY_COLUMNS = ["is_critical_fix", "deploy_size"] as const;
const INCIDENT_COLUMNS = ["incident_type", "severity"] as const;

export function platformFiles({ matches, deploys, incidents }: Platform): Files {
  return {
    "match_events.csv": eventsCsv(MATCH_COLUMNS, matches),
    "deploy_events.csv": eventsCsv(DEPLOY_COLUMNS, deploys),
    "incidents.csv": eventsCsv(INCIDENT_COLUMNS, incidents),
  };
}

export function truthFiles({ truth }: Platform): Files {
  return {
    "truth.csv": eventsCsv(
      ["expected_deploys", "deploy_failure_probability", "load_incidents", "expected_incidents", "risk"],
      truth.map(hourRow),
    ),
  };
}

export function servicePlatformFiles({ matches, deploys, incidents, dependencies }: ServicePlatform): Files {
  return {
    "match_events.csv": eventsCsv(MATCH_COLUMNS, matches),
    "deploy_events.csv": eventsCsv(
      [
        ...DEPLOY_COLUMNS,
        "id",
        "service",
        "version",
        "environment",
        "deployment_type",
        "finished_at",
        "outcome",
        "is_rollback",
      ],
      deploys.map((deploy) => ({ ...deploy, finished_at: optionalWallText(deploy.finished_at) })),
    ),
    "incidents.csv": eventsCsv(
      [...INCIDENT_COLUMNS, "id", "service", "resolved_at", "deploy_id"],
      incidents.map((incident) => ({
        ...incident,
        resolved_at: optionalWallText(incident.resolved_at),
        deploy_id: incident.deploy_id,
      })),
    ),
    "dependencies.csv": tableCsv(["caller", "callee"], dependencies),
  };
}

export function serviceTruthFiles(platform: ServicePlatform): Files {
  const { truth, trueDeploys, services, dependencies, impacts } = platform;
  return {
    "truth.csv": eventsCsv(
      [
        "expected_deploys",
        "deploy_failure_probability",
        "load_incidents",
        "other_incidents",
        "expected_incidents",
        "risk",
      ],
      truth.map((hour) => ({ ...hourRow(hour), other_incidents: round(hour.otherIncidents) })),
    ),
    "truth_deploys.csv": tableCsv(
      ["id", "failure_probability", "troubled"],
      trueDeploys.map(({ id, failureProbability, troubled }) => ({
        id,
        failure_probability: round(failureProbability),
        troubled,
      })),
    ),
    "truth_services.csv": tableCsv(
      ["service", "deploy_share", "failure_factor"],
      services.map(({ name, deployShare, failureFactor }) => ({
        service: name,
        deploy_share: round(deployShare),
        failure_factor: round(failureFactor),
      })),
    ),
    "truth_dependencies.csv": tableCsv(
      ["caller", "callee", "propagation"],
      dependencies.map(({ caller, callee, propagation }) => ({ caller, callee, propagation: round(propagation) })),
    ),
    "truth_impact.csv": tableCsv(
      ["service", "reached", "probability"],
      impacts.map(({ service, reached, probability }) => ({ service, reached, probability: round(probability) })),
    ),
  };
}

function hourRow(hour: TrueHour) {
  return {
    timestamp: hour.hour * HOUR_MS,
    expected_deploys: round(hour.expectedDeploys),
    deploy_failure_probability: round(hour.deployFailureProbability),
    load_incidents: round(hour.loadIncidents),
    expected_incidents: round(hour.expectedIncidents),
    risk: round(hour.risk),
  };
}

function optionalWallText(wallMs: WallMs | undefined): string | undefined {
  return wallMs === undefined ? undefined : wallText(wallMs);
}

/** Nine decimals: far below any effect, far above the last bits in which machines may differ. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
