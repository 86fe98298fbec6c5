import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../errors.ts";

/** What a thread says of one number. */
export type Answer<Result> =
  | { result: Result }
  | { error: unknown; user: Pick<UserError, "message" | "exitCode" | "hint"> | undefined };

/**
 * Makes this thread answer the numbers that `onThreads()` sends it.
 *
 * @param prepare makes of the data, once, what answers each number
 */
export function answer<Data, Result>(
  prepare: (data: Data) => Promise<(number: number) => Promise<Result> | Result>,
): void {
  const port = parentPort!;
  let prepared: ReturnType<typeof prepare> | undefined;
  port.on("message", async (number: number) => {
    try {
      prepared ??= prepare(workerData as Data); // what onThreads hands over
      port.postMessage({ result: await (await prepared)(number) } satisfies Answer<Result>);
    } catch (error) {
      const user =
        error instanceof UserError ? { message: error.message, exitCode: error.exitCode, hint: error.hint } : undefined;
      port.postMessage({ error, user } satisfies Answer<Result>);
    }
  });
}
