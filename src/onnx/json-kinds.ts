/**
 * What parsed JSON is. Files that a model opens with are checked by hand: loading a library of schemas takes a third of the time
 * in which a small model opens.
 * @module
 */

export function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Whether it is a whole number of 0 or more, and exact. */
export function isNatural(json: unknown): json is number {
  return typeof json === "number" && Number.isSafeInteger(json) && json >= 0;
}
