/**
 * feature-schema.json: what a trained model reads, and what it was trained on.
 * @module
 */

import { z } from "zod";
import { Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { featureSchema } from "./feature-schema.ts";

const SCHEMA_VERSION = 1;

const schema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** where its changes came from, and so how the features of a new one are found */
  source: z.enum(["deployments", "table", "git"]),
  label: z.string(),
  /** column of the time, for a table */
  time: z.string().nullable(),
  timezone: z
    .string()
    .refine((id) => Zone.known(id) !== undefined, { error: "expected an IANA time zone that this machine knows" }),
  /** for deployments: the longest time from a deploy to an incident that is put down to it */
  attributionHours: z.number().nullable(),
  features: z.array(featureSchema).min(1),
  training: z.object({ changes: z.number(), failures: z.number(), from: z.string(), to: z.string() }),
  /** probabilities of changes of training that the model had not seen when they were scored, in 100 steps */
  percentiles: z.array(z.number()).length(101),
  /** of model.onnx */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ModelDocument = z.infer<typeof schema>;

export function modelDocument(content: Omit<ModelDocument, "schemaVersion">): ModelDocument {
  return { schemaVersion: SCHEMA_VERSION, ...content };
}

/**
 * @param file for messages
 * @throws {UserError} exit 4 if the text is no feature schema, or one of another version
 */
export function parseModelDocument(json: string, file: string): ModelDocument {
  const cannot = (state: string) =>
    new UserError(`Cannot use the model of "${file}": ${state}`, ExitCode.model, 'train it again with "drp train"');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw cannot("it is not JSON");
  }
  const version = z.object({ schemaVersion: z.unknown() }).safeParse(value).data?.schemaVersion;
  if (version !== SCHEMA_VERSION) {
    throw cannot(`its schemaVersion is ${JSON.stringify(version) ?? "missing"}, expected ${SCHEMA_VERSION}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw cannot(`${issue!.path.join(".")}: ${issue!.message}`);
}

/** Quantiles in 100 steps. @param probabilities at least one */
export function percentilesOf(probabilities: Float64Array): number[] {
  const ascending = probabilities.slice().sort();
  return Array.from({ length: 101 }, (_, i) => ascending[Math.round((i / 100) * (ascending.length - 1))]!);
}

/** Share of the training's changes with a lower probability, 0 to 100; those alike count half. */
export function percentileOf({ percentiles }: ModelDocument, probability: number): number {
  const below = percentiles.filter((p) => p < probability).length;
  const alike = percentiles.filter((p) => p === probability).length;
  return Math.round((100 * (below + alike / 2)) / percentiles.length);
}
