/**
 * Time and memory of a model's forecasts, in turns with PyTorch's on the same threads where Python has torch. Without a model
 * it writes the shapes of TimesFM 2.5 200M with random weights.
 *
 *     npm run bench:model -- [MODEL [CONTEXTS [BATCHES]]]
 *     npm run bench:model -- drp-mini 512,1024,2048,4096,8192,16128 1
 *
 * Memory is that of a process of its own for each line, mapped weights included.
 */

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findModel } from "../src/checkpoint/find-model.ts";
import { PartFile } from "../src/checkpoint/part-file.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { probeHistories } from "../src/forecast/probe-histories.ts";
import { openProducts } from "../src/forecast/product-session.ts";
import { writeFullSizeCheckpoint } from "./full-size-checkpoint.ts";

const HORIZON = 168;
const RUNS = 5;
const THREADS = Math.min(2, availableParallelism());
const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const REFERENCE = fileURLToPath(new URL("../test/reference/timesfm_torch.py", import.meta.url));
const now = () => performance.now();

type Reference = { seconds: (histories: readonly Float64Array[]) => Promise<number>; close: () => void };

/** PyTorch in a process of its own, which answers a request with the time that it took. */
async function openReference(weights: string): Promise<Reference | undefined> {
  const python = ["/usr/bin/python3", "python3"].find((name) => spawnSync(name, ["-c", "import torch"]).status === 0);
  if (python === undefined) return undefined;
  const child = spawn(python, ["-B", REFERENCE, weights, String(THREADS)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const answer = async (): Promise<unknown> => JSON.parse(String(await once(lines, "line")));
  console.log(`PyTorch: ${JSON.stringify(await answer())}`);
  return {
    seconds: async (histories) => {
      const answered = answer();
      child.stdin.write(`${JSON.stringify({ context: histories.map((values) => [...values]), horizon: HORIZON })}\n`);
      const { seconds } = (await answered) as { seconds: number }; // written by the script beside it
      return seconds;
    },
    close: () => child.stdin.end(),
  };
}

/** What `drp model bench` measures of one line in a process of its own. */
function alone(model: string, context: number, batch: number, runs = 1) {
  const line = ["--context", String(context), "--batch", String(batch), "--threads", String(THREADS)];
  const argv = ["--import", "tsx", CLI, "model", "bench", model, ...line, "--runs", String(runs), "--json"];
  const { peakBytes, oneShot, rows } = JSON.parse(
    execFileSync(process.execPath, argv, { encoding: "utf8", stdio: "pipe" }),
  );
  return { peakMb: peakBytes / 1e6, ...oneShot, forecastMs: rows[0].forecastMs };
}

/** Weights as `drp model pull` leaves them: Linux caches what is written in large blocks in large pages. */
async function pulled(path: string): Promise<void> {
  const part = await PartFile.open(`${path}.part`, new AbortController().signal);
  for await (const chunk of createReadStream(path)) await part.append(chunk);
  await part.moveTo(path);
}

const listOf = (text: string) => text.split(",").map(Number);
const best = (values: readonly number[]) => Math.min(...values);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const [asked, contexts = "512,1024,2048,8192", batches = "1,8"] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "drp-bench-"));
try {
  const name = asked ?? join(scratch, "model.safetensors");
  if (asked === undefined) {
    await writeFullSizeCheckpoint(name);
    await pulled(name);
  }
  const found = await findModel(name);
  const cells = listOf(contexts).flatMap((context) => listOf(batches).map((batch) => ({ context, batch })));
  const { context } = cells[0]!;
  const once = Array.from({ length: RUNS }, () => alone(name, context, 1, RUNS));
  const peaks = cells.map(({ context, batch }) => alone(name, context, batch).peakMb);

  const model = await openModel(name, { threads: THREADS });
  const products = await openProducts(found, { device: "cpu", threads: THREADS }, now);
  const reference = await openReference(found.weightsFile);
  console.log(`${model.name}, ${HORIZON} hours ahead, ${THREADS} threads, best of ${RUNS}`);
  console.log("| context | batch | ms | PyTorch, ms | PyTorch / drp | share of matrix products | peak memory, MB |");
  console.log("|---|---|---|---|---|---|---|");
  for (const [i, { context, batch }] of cells.entries()) {
    const histories = probeHistories(batch, context);
    const own: number[] = [];
    const theirs: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const start = now();
      await model.forecast(histories, { horizon: HORIZON, context });
      own.push(now() - start);
      bare.push(await products.run(batch, context, HORIZON));
      if (reference !== undefined) theirs.push(1000 * (await reference.seconds(histories)));
    }
    const compared =
      reference === undefined ? ["–", "–"] : [best(theirs).toFixed(0), (best(theirs) / best(own)).toFixed(2)];
    const cells = [context, batch, best(own).toFixed(1), ...compared, (best(bare) / best(own)).toFixed(2)];
    console.log(`| ${[...cells, peaks[i]!.toFixed(0)].join(" | ")} |`);
  }
  reference?.close();
  await products.close();
  const medianOf = (figure: (one: (typeof once)[number]) => number) => median(once.map(figure));
  const ratios = once.map((one) => (one.openMs + one.firstForecastMs) / one.forecastMs).sort((x, y) => x - y);
  console.log(
    `once, context ${context}, batch 1, medians of ${RUNS} processes: open ${medianOf((one) => one.openMs).toFixed(0)} ms + ` +
      `first forecast ${medianOf((one) => one.firstForecastMs).toFixed(0)} ms, later ones with packed weights ` +
      `${medianOf((one) => one.forecastMs).toFixed(0)} ms: ${median(ratios).toFixed(2)} times one forecast ` +
      `(${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}), ` +
      `${once[0]!.ownBytes === null ? "?" : (medianOf((one) => one.ownBytes) / 1e6).toFixed(0)} MB of its own`,
  );
  await model.close();
} finally {
  rmSync(scratch, { recursive: true });
}
