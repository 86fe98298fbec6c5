/**
 * `drp impact --format json`: what scripts read.
 * @module
 */

import { z } from "zod";
import { rounded } from "../windows/document.ts";
import { type Failures, FOLLOW_HOURS } from "./failures.ts";
import type { Impact } from "./impact.ts";

const SCHEMA_VERSION = 1;

const probability = z.number().min(0).max(1);
const count = z.number().int().min(0);
const name = z.string().min(1);

export const ImpactDocument = z
  .object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    service: name.describe("the service that fails"),
    system: z.string().nullable().describe("the system it belongs to; null where the file holds one alone"),
    history: z
      .object({ hours: z.number().gt(0), incidents: count.describe("of the failed service") })
      .nullable()
      .describe("null where no incident names a service"),
    chances: z.object({
      from: z.enum(["history", "prior"]),
      pooled: probability.describe("along a dependency of which nothing is known"),
      followHours: z.number().gt(0).describe("within which a failure is taken to follow another"),
      draws: count.describe("of which dependencies carry the failure; 0 where it has nowhere to go"),
    }),
    otherServices: count.describe("services of the graph besides the one that fails"),
    expectedServices: z.number().min(0).describe("how many of them the failure reaches, on average"),
    unlikelyServices: count.describe("services that dependencies lead to, though no draw reached them"),
    services: z
      .array(
        z.object({
          service: name,
          chance: probability.describe("that the failure arrives"),
          standardError: probability.describe("of the chance, by the draws it was estimated from"),
          hops: z.number().int().min(1).describe("fewest dependencies on the way"),
          via: name.describe("the service before it on the likeliest way"),
          incidents: count.nullable().describe("in the history; null without one"),
        }),
      )
      .describe("likeliest first"),
    dependencies: z
      .array(
        z.object({
          callee: name,
          caller: name,
          chance: probability.describe("that a failure of the callee makes the caller fail"),
          trials: count.describe("failures of the callee that found the caller working"),
          followed: count.describe("those that a failure of the caller followed, by whatever cause"),
        }),
      )
      .describe("between the services above and the failed one"),
    coFailures: z
      .array(
        z.object({
          service: name,
          together: count.describe("failures of the failed service at the time of one of this service"),
          expectedByChance: z.number().min(0),
          pValue: probability,
        }),
      )
      .describe(
        "services that fail together with it though no chain of dependencies joins them; a hint, in no chance above",
      ),
  })
  .meta({ title: "drp impact", description: "Which services a failure would reach, and how likely" });
export type ImpactDocument = z.infer<typeof ImpactDocument>;

export function impactDocument(
  impact: Impact,
  failures: Failures | undefined,
  system: string | undefined,
): ImpactDocument {
  return {
    schemaVersion: SCHEMA_VERSION,
    service: impact.service,
    system: system ?? null,
    history: failures === undefined ? null : { hours: rounded(failures.spanHours), incidents: impact.incidents ?? 0 },
    chances: {
      from: impact.learned ? "history" : "prior",
      pooled: rounded(impact.pooledChance),
      followHours: FOLLOW_HOURS,
      draws: impact.draws,
    },
    otherServices: impact.others,
    expectedServices: rounded(impact.expectedServices),
    unlikelyServices: impact.unlikely,
    services: impact.services.map(({ name, chance, standardError, hops, path, incidents }) => ({
      service: name,
      chance: rounded(chance),
      standardError: rounded(standardError),
      hops,
      via: path.at(-2)!,
      incidents: incidents ?? null,
    })),
    dependencies: impact.edges.map(({ chance, ...edge }) => ({ ...edge, chance: rounded(chance) })),
    coFailures: impact.coFailures.map(({ service, together, expected, pValue }) => ({
      service,
      together,
      expectedByChance: rounded(expected),
      pValue: rounded(pValue),
    })),
  };
}
