import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CatalogEntry } from "../../src/checkpoint/catalog.ts";
import { hubOf } from "../../src/checkpoint/hub.ts";
import { type Pulled, type PullRequest, pullModel } from "../../src/checkpoint/pull-model.ts";
import { UserError } from "../../src/errors.ts";
import { scratch } from "../cli/drp.ts";

/** Stands for weights: 200,000 bytes without a period. */
export const CONTENT = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => (i * 2654435761) >>> 0).buffer);
export const CONFIG = '{"context_length": 16384}';

export const ENTRY: CatalogEntry = {
  name: "small",
  repository: "owner/small-pytorch",
  revision: "0123456789abcdef",
  licence: "Apache-2.0",
  parameters: 50_000,
  contextLimit: 16_384,
  weights: {
    name: "model.safetensors",
    bytes: CONTENT.length,
    sha256: createHash("sha256").update(CONTENT).digest("hex"),
  },
  config: { name: "config.json", bytes: CONFIG.length },
};

/** Quick to try again; silent servers are for the tests that say so. */
export const PATIENCE = { tries: 3, idleMs: 20_000, waitMs: 1, mostMs: 1000 };

export type Tried = {
  pulled: Pulled | undefined;
  error: unknown;
  /** the message, and the hint of a UserError */
  words: string;
  notes: string[];
  models: string;
  weights: string;
  part: string;
};

/** Pulls the small model into a folder of its own, unless another is given. */
export async function pull(
  env: Record<string, string>,
  changes: Partial<PullRequest> & { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
): Promise<Tried> {
  const notes: string[] = [];
  const { signal = new AbortController().signal, onProgress = () => {}, ...request } = changes;
  const models = request.models ?? scratch();
  const weights = join(models, ENTRY.name, ENTRY.weights.name);
  let pulled: Pulled | undefined;
  let error: unknown;
  try {
    pulled = await pullModel(
      {
        entry: ENTRY,
        models,
        hub: hubOf(env),
        hubCache: join(models, "no-such-cache"),
        puller: { pid: 1, isRunning: () => true },
        checkConfig: (text) => JSON.parse(text),
        patience: PATIENCE,
        ...request,
      },
      { signal, note: (text) => notes.push(text), progress: onProgress },
    );
  } catch (failure) {
    error = failure;
  }
  const words = error instanceof UserError ? `${error.message}\nhint: ${error.hint}` : String(error ?? "");
  return { pulled, error, words, notes, models, weights, part: `${weights}.part` };
}
