/** A thread that runs a session as `startSessionThread` asks it to. */
import { serve } from "../threads/serve.ts";
import {
  buffersOf,
  type Carried,
  type Feeds,
  loadRuntime,
  openSession,
  type Sequence,
  type Session,
  type Work,
} from "./session.ts";

serve(async () => {
  await loadRuntime();
  let session: Session | undefined; // asked once it is open
  const sequences = new Map<number, Sequence>();
  return {
    calls: {
      open: async (model: Uint8Array, weightsFolder: string | undefined, work: Work) => {
        session = await openSession(model, weightsFolder, work);
        return { result: undefined, transfer: [] };
      },
      run: async (feeds: Feeds, outputs: readonly string[], carried: Carried, id: number | undefined) => {
        const sequence = (id === undefined ? undefined : sequences.get(id)) ?? session!.sequence();
        if (id !== undefined) sequences.set(id, sequence);
        const result = await sequence.run(feeds, outputs, carried);
        return { result, transfer: buffersOf(result) };
      },
      end: async (id: number) => {
        sequences.get(id)?.end();
        sequences.delete(id);
        return { result: undefined, transfer: [] };
      },
    },
    close: async () => session?.close(),
  };
});
