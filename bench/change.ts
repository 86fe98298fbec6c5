/**
 * How well drp foretells which changes fail, on real tables, through the product's own code; and how fast it trains and answers.
 *
 *     npm run bench:change -- DATA [TREES]
 *
 * DATA holds `jit_issta21/*.csv.gz` and `wikimedia_mediawiki_config/changes.csv.gz`. The first 80 % of the changes train, the
 * last 20 % by time score. Training time stands beside scikit-learn's forest of as many trees on two threads, in the same run,
 * where python3-sklearn is installed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { Zone } from "../src/calendar/zone.ts";
import { baselinesOf } from "../src/change/baselines.ts";
import { binned } from "../src/change/bins.ts";
import { changeModelOnnx, openChangeModel, readChangeModel } from "../src/change/change-onnx.ts";
import { bestThreshold, scoresOf } from "../src/change/change-scores.ts";
import { effortOf } from "../src/change/changed-lines.ts";
import { encoded, featuresOf, inputsOf } from "../src/change/feature-schema.ts";
import { growForest } from "../src/change/forest.ts";
import { rowsBetween, type TrainingRows, trainChangeModel } from "../src/change/train-change-model.ts";
import { inOrderOfTime } from "../src/load/in-order-of-time.ts";
import { loadChangeTable } from "../src/load/load-change-table.ts";

const [folder, treesText = "300"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run bench:change -- DATA [TREES]");
  process.exit(2);
}
const trees = Number(treesText);
const THREADS = 2;
const SPLIT = 0.8;
const FOREST_TREES = 500;
const PREDICTED_ROWS = 10_000;
const zone = new Zone("UTC");

type Source = {
  name: string;
  time: string;
  label: string;
  ignore: string[];
  file: string;
  keep?: (row: string[], header: string[]) => boolean;
};
const jit = (name: string): Source => ({
  name,
  time: "date",
  label: "bug",
  ignore: [],
  file: `jit_issta21/${name}.csv.gz`,
});
const SOURCES: Source[] = [
  jit("openstack"),
  jit("go"),
  jit("gerrit"),
  {
    name: "wikimedia",
    time: "timestamp_utc",
    label: "failed",
    ignore: ["is_revert", "reverted", "hours_to_revert", "planned"],
    file: "wikimedia_mediawiki_config/changes.csv.gz",
    keep: (row, header) => {
      const cell = (name: string) => row[header.indexOf(name)]!;
      return (
        cell("timestamp_utc") >= "2012" &&
        cell("is_revert") === "0" &&
        cell("planned") === "0" &&
        Number(cell("nf")) > 0
      );
    },
  },
];

console.log("| table | changes | AUC | lines added | last 5 | top 10 % | ECE | Brier | base rate's | seconds |");
console.log("|---|---|---|---|---|---|---|---|---|---|");
let openstack: TrainingRows | undefined;
for (const source of SOURCES) {
  const bytes = gunzipSync(readFileSync(join(folder, source.file)));
  const [header, ...rows]: string[][] = parse(bytes);
  const kept =
    source.keep === undefined ? bytes : stringify([header!, ...rows.filter((row) => source.keep!(row, header!))]);
  const { time, label, ignore } = source;
  const { table } = inOrderOfTime(
    await loadChangeTable(Readable.from([kept]), source.name, { time, label, ignore, zone }),
  );
  const cut = Math.floor(SPLIT * table.times.length);
  const { features } = featuresOf(table.columns, cut);
  const inputs = inputsOf(features);
  const data = {
    rows: encoded(features, table.columns, table.times.length),
    inputs,
    failed: table.failed,
    times: table.times,
  };
  const [past, test] = [rowsBetween(data, 0, cut), rowsBetween(data, cut, table.times.length)];
  if (source.name === "openstack") openstack = past;
  const started = performance.now();
  const { model, validation } = await trainChangeModel(past, { trees, seed: 1, threads: THREADS });
  const seconds = (performance.now() - started) / 1000;
  const session = await openChangeModel(changeModelOnnx(model), model.inputs);
  const effort = effortOf(table.columns, table.times.length).subarray(cut);
  const score = (probabilities: Float64Array, threshold: number | undefined) =>
    scoresOf({ probabilities, failed: test.failed, effort, threshold });
  const own = score(await session.probabilities(test.rows), bestThreshold(validation.probabilities, validation.failed));
  await session.close();
  const baselines = baselinesOf(table, cut);
  const auc = (of: { probabilities: Float64Array } | null) =>
    of === null ? "–" : (score(of.probabilities, undefined).rocAuc ?? Number.NaN).toFixed(3);
  const cells = [
    source.name,
    table.times.length,
    own.rocAuc!.toFixed(4),
    auc(baselines.linesAdded),
    auc(baselines.recentFailures),
    own.recallTop10!.toFixed(3),
    own.expectedCalibrationError.toFixed(3),
    own.brier.toFixed(4),
    score(baselines.baseRate.probabilities, undefined).brier.toFixed(4),
    seconds.toFixed(1),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

await timings(openstack!);

async function timings(past: TrainingRows): Promise<void> {
  const alike = new Float64Array(past.failed.length).fill(1);
  const grow = (count: number) =>
    growForest(binned(past.rows, past.inputs), past.failed, alike, { trees: count, seed: 1, threads: THREADS });
  const started = performance.now();
  await grow(FOREST_TREES);
  const own = (performance.now() - started) / 1000;
  const others = scikitLearnSeconds(past);
  console.log(
    `\nopenstack, ${FOREST_TREES} trees on ${THREADS} threads: ${own.toFixed(1)} s` +
      (others === undefined
        ? " (python3-sklearn is not installed)"
        : `, ${(own / others).toFixed(2)} of scikit-learn's ${others.toFixed(1)} s`),
  );
  const { model } = await trainChangeModel(past, { trees, seed: 1, threads: THREADS });
  const bytes = changeModelOnnx(model);
  const opening = performance.now();
  const session = await openChangeModel(bytes, readChangeModel(bytes, "openstack").inputs);
  const opened = performance.now();
  const rows = past.rows.subarray(0, PREDICTED_ROWS * past.inputs);
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const from = performance.now();
    await session.probabilities(rows);
    times.push(performance.now() - from);
  }
  await session.close();
  const median = times.sort((a, b) => a - b)[2]!;
  console.log(
    `model.onnx of ${trees} trees: ${(bytes.length / 2 ** 20).toFixed(1)} MiB, opened in ${Math.round(opened - opening)} ms; ` +
      `${PREDICTED_ROWS} changes in ${Math.round(median)} ms (median of 5)`,
  );
}

function scikitLearnSeconds({ rows, inputs, failed }: TrainingRows): number | undefined {
  const script = `
import sys, time, numpy as np
from sklearn.ensemble import RandomForestClassifier
inputs, rows = ${inputs}, ${failed.length}
data = sys.stdin.buffer.read()
x = np.nan_to_num(np.frombuffer(data, np.float32, rows * inputs).reshape(rows, inputs))
y = np.frombuffer(data, np.uint8, rows, rows * inputs * 4)
start = time.time()
RandomForestClassifier(${FOREST_TREES}, n_jobs=${THREADS}, random_state=1).fit(x, y)
print(time.time() - start)`;
  const bytes = (array: Float32Array | Uint8Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  const input = Buffer.concat([bytes(rows), bytes(failed)]);
  const { status, stdout } = spawnSync("/usr/bin/python3", ["-c", script], { input, encoding: "utf8" });
  return status === 0 ? Number(stdout) : undefined;
}
