import { z } from "zod";

/** A cell that may be absent or empty; empty counts as absent. */
export const optionalText = z
  .string()
  .transform((text) => (text === "" ? undefined : text))
  .optional();

const error = 'expected "true" or "false"';

/** A cell that holds `true` or `false`, in any case. */
export const trueOrFalse = z.stringbool({ truthy: ["true"], falsy: ["false"], error });

/** A cell that holds `true`, `false` or nothing, which counts as false. */
export const trueOrEmpty = z.stringbool({ truthy: ["true"], falsy: ["false", ""], error });
