import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { optionalText, trueOrEmpty, trueOrFalse } from "./cells.ts";

export const DEPLOY_SIZES = ["small", "medium", "large"] as const;

/** One row of deploy_events.csv. */
export function deploySchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({
    timestamp,
    is_critical_fix: trueOrFalse,
    deploy_size: z.enum(DEPLOY_SIZES, { error: 'expected "small", "medium" or "large"' }),
    id: optionalText,
    service: optionalText,
    is_rollback: trueOrEmpty.optional(),
  });
}
export type Deploy = z.infer<ReturnType<typeof deploySchema>>;

/** Whether a deploy can cause an incident and counts as one: all do but repairs. */
export function canCause({ is_rollback }: Pick<Deploy, "is_rollback">): boolean {
  return is_rollback !== true;
}
