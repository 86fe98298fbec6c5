import { parentPort, workerData } from "node:worker_threads";
import { type SentError, sentError } from "./sent-error.ts";

/** What a thread is sent: the number to work on, or that nothing more is wanted. */
export type Question = number | "end";

/** What a thread says of one number. */
export type Answer<Result> = { result: Result } | SentError;

/**
 * Makes this thread answer the numbers that `onThreads()` sends it.
 *
 * @param prepare makes of the data, once, what answers each number; its signal is aborted when no answer is wanted any more
 */
export function answer<Data, Result>(
  prepare: (data: Data, signal: AbortSignal) => Promise<(number: number) => Promise<Result> | Result>,
): void {
  const port = parentPort!;
  const ended = new AbortController();
  let prepared: ReturnType<typeof prepare> | undefined;
  port.on("message", async (question: Question) => {
    if (question === "end") {
      ended.abort();
      port.close();
      return;
    }
    try {
      prepared ??= prepare(workerData as Data, ended.signal); // what onThreads hands over
      const answered = await prepared;
      ended.signal.throwIfAborted();
      port.postMessage({ result: await answered(question) } satisfies Answer<Result>);
    } catch (error) {
      port.postMessage(sentError(error) satisfies Answer<Result>);
    }
  });
}
