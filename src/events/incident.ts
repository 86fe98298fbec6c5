import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { optionalText } from "./cells.ts";

const SEVERITIES = ["low", "medium", "high"] as const;

/** One row of incidents.csv. */
export function incidentSchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({
    timestamp,
    incident_type: z.string(),
    severity: z.enum(SEVERITIES, { error: 'expected "low", "medium" or "high"' }),
    id: optionalText,
    service: optionalText,
    deploy_id: optionalText,
  });
}
export type Incident = z.infer<ReturnType<typeof incidentSchema>>;

type IncidentCause = "deploy" | "load" | "unknown";

/** The cause that `incident_type` states; any text but the two known ones states none. */
export function causeOf(incident: Incident): IncidentCause {
  if (incident.incident_type === "deploy_incident") return "deploy";
  return incident.incident_type === "load_incident" ? "load" : "unknown";
}
