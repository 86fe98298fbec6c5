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

/** The sum of many stays within float32, which is what the model reads. */
const LARGEST = 1e30;

export const positiveNumber = number((value) => value > 0, `expected a number greater than 0 and at most ${LARGEST}`);

export const numberAtLeast0 = number((value) => value >= 0, `expected a number from 0 to ${LARGEST}`);

function number(fits: (value: number) => boolean, error: string) {
  return z
    .string()
    .regex(decimal, { error })
    .transform(Number)
    .refine((value) => fits(value) && value <= LARGEST, { error });
}
