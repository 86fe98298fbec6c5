import { ExitCode, UserError } from "../errors.ts";

/** With fewer, neither the choice of a model nor its scores mean anything. */
const LEAST_ROWS = 50;
const LEAST_OF_EITHER = 10;

/**
 * Refuses changes that are too few to learn from.
 *
 * @param failed 1 where the change failed [rows]
 * @param source what the changes were read from, for the message
 * @param which  which of its changes they are, for the message
 * @throws {UserError} exit 3, with their counts
 */
export function checkEnough(failed: Uint8Array, source: string, which = "with a known outcome"): void {
  const failures = failed.reduce((sum, one) => sum + one, 0);
  if (failed.length >= LEAST_ROWS && Math.min(failures, failed.length - failures) >= LEAST_OF_EITHER) return;
  throw new UserError(
    `Cannot train on "${source}": of ${failed.length} changes ${which} ${failures} failed`,
    ExitCode.data,
    `expected at least ${LEAST_ROWS} changes, ${LEAST_OF_EITHER} that failed and ${LEAST_OF_EITHER} that did not`,
  );
}
