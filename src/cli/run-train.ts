import { createHash } from "node:crypto";
import { basename } from "node:path";
import { baselinesOf } from "../change/baselines.ts";
import { type ChangeModel, probabilitiesOf } from "../change/change-model.ts";
import { changeModelOnnx, openChangeModel } from "../change/change-onnx.ts";
import { bestThreshold, scoresOf } from "../change/change-scores.ts";
import { effortOf } from "../change/changed-lines.ts";
import { checkEnough } from "../change/check-enough.ts";
import { EVALUATION_SCHEMA_VERSION, type EvaluationDocument } from "../change/evaluation-document.ts";
import { encoded, type Feature, featuresOf, inputsOf } from "../change/feature-schema.ts";
import { modelCard } from "../change/model-card.ts";
import { modelDocument, percentilesOf } from "../change/model-document.ts";
import { type Importance, permutationImportance } from "../change/permutation-importance.ts";
import {
  rowsBetween,
  rowsSettledBefore,
  type Trained,
  type TrainingRows,
  trainChangeModel,
} from "../change/train-change-model.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { pngsOf } from "../emit/png.ts";
import { ExitCode, UserError } from "../errors.ts";
import { listed, quoted } from "../load/bad-rows.ts";
import { importanceChartSvg } from "../render/importance-chart.ts";
import { usualThreads } from "../threads/on-threads.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";
import { scoreTable } from "./score-table.ts";
import { trainingCsv } from "./training-csv.ts";
import { type SourceOptions, type TrainingSource, trainingSource } from "./training-source.ts";

export type TrainOptions = SourceOptions & {
  out: string;
  split: number;
  refit: boolean;
  trees: number;
  seed: number;
  json: boolean;
  quiet: boolean;
};

/**
 * Trains on the earliest changes, scores on the rest beside baselines, and writes the model with its schema, scores, card,
 * training data and picture, all of them or none.
 */
export async function runTrain(options: TrainOptions, io: Io): Promise<void> {
  const { out, split, refit, trees, seed } = options;
  const { progress, tell } = told(io, options.quiet);
  try {
    const source = await trainingSource(options, io, progress);
    for (const notice of source.notices) tell(`note: ${notice}`);
    const { table } = source;
    const count = table.times.length;
    const cut = Math.floor(split * count);
    await checkWritable(out);

    const { features, constant } = featuresOf(table.columns, cut);
    if (constant.length > 0) tell(`note: left out, since they never vary: ${listed(constant)}`);
    const { times, failed, settledAt } = table;
    const data: TrainingRows = {
      rows: encoded(features, table.columns, count),
      inputs: inputsOf(features),
      failed,
      times,
      ...(settledAt === undefined ? {} : { settledAt }),
    };
    const past = rowsSettledBefore(data, cut);
    checkEnough(past.failed, source.name, `to learn from, before the ${count - cut} that score the model,`);
    checkAny(features, source.name);
    const test = rowsBetween(data, cut, count);
    const settings = {
      trees,
      seed,
      threads: usualThreads(),
      signal: io.signal,
      onProgress: (step: string, done: number, total: number) => progress.bar(step, done, total),
    };
    const trained = await trainChangeModel(past, settings);
    const onnx = changeModelOnnx(trained.model);
    const opened = await openChangeModel(onnx, data.inputs);
    let probabilities: Float64Array;
    let importance: Importance[] | undefined;
    try {
      progress.step("scoring");
      probabilities = await opened.probabilities(test.rows);
      checkExport(trained.model, test.rows, probabilities);
      importance = await permutationImportance(features, test.rows, test.failed, opened.probabilities, {
        seed,
        signal: io.signal,
        onProgress: (done, total) => progress.bar("shuffling features", done, total),
      });
    } finally {
      await opened.close();
    }
    const evaluation = evaluationOf(source, cut, past, test, trained, probabilities);

    const saved = refit ? await trainChangeModel(data, settings) : trained;
    const bytes = refit ? changeModelOnnx(saved.model) : onnx;
    const basis = refit ? data : past;
    const schema = modelDocument({
      source: source.source,
      label: source.label,
      time: source.time,
      timezone: options.timezone.id,
      attributionHours: source.attributionHours,
      features,
      training: partOf(basis),
      percentiles: percentilesOf(saved.validation.probabilities),
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    progress.step("drawing");
    const lines = scoreTable(evaluation);
    const { from, to } = evaluation.split.test;
    const heldOut = `${test.failed.length} changes from ${from.slice(0, 10)} to ${to.slice(0, 10)} that the model had not seen`;
    const chart = importanceChartSvg(importance ?? [], heldOut, basename(source.name));
    const json = `${JSON.stringify(evaluation, null, 2)}\n`;
    const files = {
      "model.onnx": bytes,
      "feature-schema.json": `${JSON.stringify(schema, null, 2)}\n`,
      "evaluation-metrics.json": json,
      "model-card.md": modelCard({
        schema,
        evaluation,
        choice: saved.choice,
        table: lines,
        refit,
        source: source.name,
      }),
      "training-data.csv": trainingCsv(table, cut),
      ...(await pngsOf({ "feature-importance.png": chart })),
    };
    io.signal.throwIfAborted();
    progress.step("writing");
    await writeAll(out, files, io.signal);
    progress.done();
    io.stdout.write(options.json ? json : `${lines.join("\n")}\n`);
    const warning = source.source === "table" ? leakWarning(evaluation, importance ?? []) : undefined;
    if (warning !== undefined) tell(`warning: ${warning}`);
    tell(`\nWrote ${Object.keys(files).length} files to ${out}`);
  } finally {
    progress.done();
  }
}

/** @throws {UserError} exit 3 if there is none */
function checkAny(features: readonly Feature[], source: string): void {
  if (features.length > 0) return;
  throw new UserError(
    `Cannot train on "${source}": no column varies, so that nothing tells its changes apart`,
    ExitCode.data,
    "expected a column besides time and outcome that is not ignored, whose values repeat and differ",
  );
}

/** What changes give away before they run is less: from .6 to .9 in Zeng et al. (2021), ISSTA, and the studies they repeat. */
const TOO_GOOD_AUC = 0.98;
const FEWEST_FAILURES = 10;

/** Asks for the column that most likely holds what came of a change, where the scores are too good to be true. */
function leakWarning({ model, split }: EvaluationDocument, [first]: readonly Importance[]): string | undefined {
  const { rocAuc } = model.test;
  if (rocAuc === null || rocAuc < TOO_GOOD_AUC || split.test.failures < FEWEST_FAILURES || !first) return undefined;
  return `an AUC of ${rocAuc.toFixed(3)} is more than changes give away before they run: was ${quoted(first.name)} known by then? --ignore leaves it out`;
}

const MOST_CHECKED = 1000;
/** What float32 may make of a probability. */
const EXPORT_TOLERANCE = 1e-5;

/** Makes sure that the file says what the trained model says. @param exported [rows] by the file */
function checkExport(model: ChangeModel, rows: Float32Array, exported: Float64Array): void {
  const own = probabilitiesOf(model, rows.subarray(0, MOST_CHECKED * model.inputs));
  const row = own.findIndex((probability, i) => !(Math.abs(probability - exported[i]!) <= EXPORT_TOLERANCE));
  if (row < 0) return;
  throw new Error(`the model gives test row ${row} a probability of ${own[row]}, its file one of ${exported[row]}`);
}

function evaluationOf(
  { table }: TrainingSource,
  cut: number,
  past: TrainingRows,
  test: TrainingRows,
  { validation }: Trained,
  probabilities: Float64Array,
): EvaluationDocument {
  const effort = effortOf(table.columns, table.times.length).subarray(cut);
  const { failed } = test;
  const scored = (of: { probabilities: Float64Array; threshold: number | undefined }) =>
    scoresOf({ ...of, failed, effort });
  const baselines = baselinesOf(table, cut);
  return {
    schemaVersion: EVALUATION_SCHEMA_VERSION,
    split: { share: cut / table.times.length, training: partOf(past), test: partOf(test) },
    model: {
      test: scored({ probabilities, threshold: bestThreshold(validation.probabilities, validation.failed) }),
    },
    baselines: {
      baseRate: scored(baselines.baseRate),
      linesAdded: baselines.linesAdded && scored(baselines.linesAdded),
      recentFailures: baselines.recentFailures && scored(baselines.recentFailures),
    },
  };
}

function partOf({ failed, times }: TrainingRows) {
  return {
    changes: failed.length,
    failures: failed.reduce((sum, one) => sum + one, 0),
    from: new Date(times[0]!).toISOString(),
    to: new Date(times.at(-1)!).toISOString(),
  };
}
