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

/** A number as people write it: Number() and z.coerce.number() would take "" and " " as 0 and "0x10" as 16. */
export const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export const positiveNumber = z
  .string()
  .regex(decimal, { error: "expected a number greater than 0" })
  .transform(Number)
  .refine((value) => value > 0 && Number.isFinite(value), { error: "expected a finite number greater than 0" });

export const numberAtLeast0 = z
  .string()
  .regex(decimal, { error: "expected a number of at least 0" })
  .transform(Number)
  .refine((value) => value >= 0 && Number.isFinite(value), { error: "expected a finite number of at least 0" });
