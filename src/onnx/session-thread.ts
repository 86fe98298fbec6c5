import { openThread } from "../threads/open-thread.ts";
import { moduleBeside } from "../threads/open-worker.ts";
import { buffersOf, type Feeds, type Session, type Tensor, type Work } from "./session.ts";

/** A thread that has loaded the runtime, for one session. */
export type SessionThread = {
  /** As `openSession()`; closing the session ends the thread. */
  open(model: Uint8Array, weightsFolder: string | undefined, work: Work): Promise<Session>;
  close(): Promise<void>;
};

/**
 * Starts a thread for a session, so that the caller's event loop stays free while it runs: the runtime works in the thread that
 * asks it to. It loads the runtime while the caller builds its model.
 */
export async function startSessionThread(): Promise<SessionThread> {
  const thread = await openThread(moduleBeside(import.meta.url, "session-worker"), undefined);
  const close = () => thread.close();
  return {
    open: async (...args) => {
      await thread.call("open", args);
      return {
        run: async <Name extends string>(feeds: Feeds, outputs: readonly Name[], signal?: AbortSignal) => {
          const result = await thread.call("run", [feeds, outputs], { transfer: buffersOf(feeds), signal });
          return result as Record<Name, Tensor>; // what session-worker answers
        },
        close,
      };
    },
    close,
  };
}
