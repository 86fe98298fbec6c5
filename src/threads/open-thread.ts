import type { TransferListItem } from "node:worker_threads";
import { openWorker } from "./open-worker.ts";
import { rebuiltError } from "./sent-error.ts";
import type { Reply, Request } from "./serve.ts";

/** A thread that answers calls. It does not keep the process running but while it has something to do. */
export type Thread = {
  /**
   * @param transfer moved to the thread instead of copied
   * @param signal   stops waiting; a call that has begun goes on
   * @throws what the call threw, user's errors as such; the signal's reason; or that the thread has ended
   */
  call(
    name: string,
    args: readonly unknown[],
    options?: { transfer?: readonly TransferListItem[]; signal?: AbortSignal | undefined },
  ): Promise<unknown>;
  /** Lets what has begun end, then the thread. */
  close(): Promise<void>;
};

type Waiting = { resolve: (result: unknown) => void; reject: (error: unknown) => void };

/** The number by which waiting for the thread to open is known. */
const OPENING = 0;

/**
 * Starts a thread whose module calls `serve()`.
 *
 * @param module as `moduleBeside()` names it
 * @param data   copied to it
 * @throws what the thread threw before it was open
 */
export async function openThread(module: URL, data: unknown): Promise<Thread> {
  const worker = openWorker(module, data);
  const waiting = new Map<number, Waiting>();
  const exited = new Promise<void>((resolve) => worker.on("exit", () => resolve()));
  const waitFor = (id: number, signal?: AbortSignal) =>
    new Promise<unknown>((resolve, reject) => {
      const stop = () => settle(id)?.reject(signal?.reason);
      signal?.addEventListener("abort", stop);
      const free = () => signal?.removeEventListener("abort", stop);
      worker.ref();
      waiting.set(id, {
        resolve: (result) => {
          free();
          resolve(result);
        },
        reject: (error) => {
          free();
          reject(error);
        },
      });
    });
  const settle = (id: number) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return one;
  };
  const failAll = (error: unknown) => {
    for (const id of [...waiting.keys()]) settle(id)?.reject(error);
  };
  worker.on("error", failAll);
  let end: Error | undefined;
  worker.on("exit", (code) => {
    end = new Error(`the thread ended with code ${code}`);
    failAll(end);
  });
  worker.on("message", (reply: Reply) => {
    if (reply === "open") settle(OPENING)?.resolve(undefined);
    else if ("result" in reply) settle(reply.id)?.resolve(reply.result);
    else settle(reply.id ?? OPENING)?.reject(rebuiltError(reply));
  });
  const ask = (request: Request, transfer: readonly TransferListItem[] = []) => worker.postMessage(request, transfer);
  await waitFor(OPENING);
  let last = OPENING;
  return {
    call: async (call, args, { transfer, signal } = {}) => {
      signal?.throwIfAborted();
      if (end !== undefined) throw end;
      const id = ++last;
      ask({ id, call, args }, transfer);
      return waitFor(id, signal);
    },
    close: async () => {
      worker.ref();
      ask("close");
      await exited;
    },
  };
}
