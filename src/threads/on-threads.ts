import { availableParallelism } from "node:os";
import type { ResourceLimits, Worker } from "node:worker_threads";
import type { Answer, Question } from "./answer.ts";
import { openWorker } from "./open-worker.ts";
import { rebuiltError } from "./sent-error.ts";

/** Each needs memory of its own. */
const MOST_THREADS = 16;

/** One thread per core, within reason. */
export function usualThreads(): number {
  return Math.min(availableParallelism(), MOST_THREADS);
}

export type ThreadedWork<Data, Result> = {
  /** what each thread runs, as `moduleBeside()` names it: it calls `answer()` */
  module: URL;
  /** copied to each thread once, but for the memory that threads share */
  data: Data;
  /** results asked for, by the numbers from 0 on */
  count: number;
  /** at least 1 */
  threads: number;
  limits?: ResourceLimits;
  signal?: AbortSignal | undefined;
  /** told each result as it comes, which is in no order; none after an interruption */
  onResult: (result: Result, number: number) => void;
};

/**
 * Has threads of their own work on numbers, each on the next one as soon as it is free. All have ended when this returns: an
 * interruption waits until they listen to their signal or have answered.
 *
 * @throws what a thread throws, user's errors as such, after which no other number is begun; or the signal's reason
 */
export async function onThreads<Data, Result>(asked: ThreadedWork<Data, Result>): Promise<void> {
  const { module, data, limits, count, threads, signal, onResult } = asked;
  signal?.throwIfAborted();
  let next = 0;
  let over = false;
  const workers = Array.from({ length: Math.min(threads, count) }, () => openWorker(module, data, limits));
  const exits = workers.map((worker) => new Promise((resolve) => worker.on("exit", resolve)));
  const tell = (worker: Worker, question: Question) => worker.postMessage(question);
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let number = -1;
      const ask = () => {
        if (over) return;
        if (next === count) return resolve();
        number = next++;
        tell(worker, number);
      };
      worker.on("message", (answer: Answer<Result>) => {
        if (over) return;
        if ("error" in answer) return reject(rebuiltError(answer));
        onResult(answer.result, number);
        ask();
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`a thread ended with code ${code} before its work was done`)));
      ask();
    });
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      over = true;
      reject(signal?.reason);
    };
  });
  signal?.addEventListener("abort", stop);
  try {
    await Promise.race([Promise.all(workers.map(work)), stopped]);
  } finally {
    over = true;
    signal?.removeEventListener("abort", stop);
    // Asked, not terminated: a thread that is terminated inside ONNX Runtime 1.30 takes the process with it.
    for (const worker of workers) tell(worker, "end");
    await Promise.all(exits);
  }
}
