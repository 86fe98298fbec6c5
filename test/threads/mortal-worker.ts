import { serve } from "../../src/threads/serve.ts";

/** Answers until it is told to die. */
serve(async () => ({
  calls: {
    double: async (value: number) => ({ result: 2 * value, transfer: [] }),
    die: async () => process.exit(3),
  },
  close: async () => {},
}));
