import { parentPort, type TransferListItem, workerData } from "node:worker_threads";
import { type SentError, sentError } from "./sent-error.ts";

/** What a thread is asked: a call, or to end itself. */
export type Request = { id: number; call: string; args: readonly unknown[] } | "close";

/** What it answers: that it is open, or what came of a call. */
export type Reply = "open" | { id: number; result: unknown } | (SentError & { id?: number });

export type Served = {
  /** by name; a result may be moved instead of copied */
  // biome-ignore lint/suspicious/noExplicitAny: arguments come as `call()` was given them
  calls: Readonly<Record<string, (...args: any[]) => Promise<{ result: unknown; transfer: TransferListItem[] }>>>;
  close: () => Promise<void>;
};

/**
 * Makes this thread answer the calls that `openThread()` sends it, one after the other.
 *
 * @param prepare makes of the thread's data, once, what answers the calls
 */
export function serve<Data>(prepare: (data: Data) => Promise<Served>): void {
  const port = parentPort!;
  const reply = (message: Reply, transfer: TransferListItem[] = []) => port.postMessage(message, transfer);
  const prepared = prepare(workerData as Data); // what openThread hands over
  prepared.then(
    () => reply("open"),
    (error: unknown) => {
      reply(sentError(error));
      port.close();
    },
  );
  port.on("message", async (request: Request) => {
    const { calls, close } = await prepared;
    if (request === "close") {
      await close();
      port.close();
      return;
    }
    const { id, call, args } = request;
    try {
      const { result, transfer } = await calls[call]!(...args);
      reply({ id, result }, transfer);
    } catch (error) {
      reply({ id, ...sentError(error) });
    }
  });
}
