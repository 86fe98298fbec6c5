import { z } from "zod";

/** A cell that may be absent or empty; empty counts as absent. */
export const optionalText = z
  .string()
  .transform((text) => (text === "" ? undefined : text))
  .optional();

/** A cell that holds `true` or `false`, in any case. */
export const trueOrFalse = z.stringbool({ truthy: ["true"], falsy: ["false"], error: 'expected "true" or "false"' });
