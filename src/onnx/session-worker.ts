/** A thread that runs a session as `startSessionThread` asks it to. */
import { serve } from "../threads/serve.ts";
import { buffersOf, type Feeds, loadRuntime, openSession, type Session, type Work } from "./session.ts";

serve(async () => {
  await loadRuntime();
  let session: Session | undefined; // asked once it is open
  return {
    calls: {
      open: async (model: Uint8Array, weightsFolder: string | undefined, work: Work) => {
        session = await openSession(model, weightsFolder, work);
        return { result: undefined, transfer: [] };
      },
      run: async (feeds: Feeds, outputs: readonly string[]) => {
        const result = await session!.run(feeds, outputs);
        return { result, transfer: buffersOf(result) };
      },
    },
    close: async () => session?.close(),
  };
});
