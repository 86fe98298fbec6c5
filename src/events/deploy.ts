import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { optionalText, trueOrEmpty, trueOrFalse } from "./cells.ts";
import { DEPLOY_SIZES } from "./deploy-sizes.ts";

/** How a deploy ended; words that pipelines use for the same are taken as well. */
const OUTCOMES: ReadonlyMap<string, "success" | "failure"> = new Map([
  ["success", "success"],
  ["succeeded", "success"],
  ["failure", "failure"],
  ["failed", "failure"],
  ["rolled_back", "failure"],
]);
const outcome = z
  .string()
  .transform((text, context) => {
    const known = OUTCOMES.get(text.toLowerCase());
    if (known === undefined && text !== "") {
      context.addIssue({ code: "custom", message: 'expected "success", "failure" or nothing' });
    }
    return known;
  })
  .optional();

/** One row of deploy_events.csv. */
export function deploySchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({
    timestamp,
    is_critical_fix: trueOrFalse,
    deploy_size: z.enum(DEPLOY_SIZES, { error: 'expected "small", "medium" or "large"' }),
    id: optionalText,
    service: optionalText,
    is_rollback: trueOrEmpty.optional(),
    environment: optionalText,
    deployment_type: optionalText,
    finished_at: z
      .literal("")
      .transform(() => undefined)
      .or(timestamp)
      .optional(),
    outcome,
  });
}
export type Deploy = z.infer<ReturnType<typeof deploySchema>>;

/** Whether a deploy can cause an incident and counts as one: all do but repairs. */
export function canCause({ is_rollback }: Pick<Deploy, "is_rollback">): boolean {
  return is_rollback !== true;
}
