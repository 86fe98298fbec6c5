import { dateLabel, spanLabel, timeOfDay } from "../calendar/labels.ts";
import { Zone } from "../calendar/zone.ts";
import { type Explanation, explain } from "../change/explain.ts";
import { encoded } from "../change/feature-schema.ts";
import { percentileOf } from "../change/model-document.ts";
import { reasonsOf } from "../change/reasons.ts";
import { ExitCode } from "../errors.ts";
import { isThere } from "../files/is-there.ts";
import { rounded } from "../windows/document.ts";
import { percent } from "../windows/percent.ts";
import { type AskedChanges, askedChanges, type QuestionOptions } from "./asked-changes.ts";
import { DEFAULT_WINDOWS } from "./defaults.ts";
import type { Io } from "./io.ts";
import { nextSafeWindow, type SafeWindow } from "./next-safe-window.ts";
import { type ChangeFolder, openChangeFolder } from "./open-change-folder.ts";
import { oneLine } from "./printable.ts";
import { told } from "./progress.ts";

export type PredictOptions = QuestionOptions & {
  model: string;
  windows: string;
  explain: number;
  maxRisk?: number;
  json: boolean;
  quiet: boolean;
};

const MOST_REASONS = 5;

/** One change with its answer. */
type Answer = {
  name: string;
  at: number;
  probability: number;
  percentile: number;
  explanation?: Explanation & { reasons: string[] };
  /** what the same change would risk in the next safe window, where a forecast tells of one */
  safe?: SafeWindow & { probability: number };
};

/**
 * Predicts how likely each change asked about fails, and why.
 *
 * @returns 11 where one is above the limit given
 */
export async function runPredict(options: PredictOptions, io: Io): Promise<ExitCode> {
  const { progress, tell } = told(io, options.quiet);
  const folder = await openChangeFolder(options.model);
  try {
    progress.step("reading changes");
    const asked = await askedChanges(options, folder.schema, io, progress);
    for (const notice of asked.notices) tell(`note: ${notice}`);
    if (options.windows !== DEFAULT_WINDOWS && !(await isThere(options.windows)))
      tell(`note: there is no file "${options.windows}": the next safe window is not told`);
    progress.step("predicting");
    const answers = await answersTo(asked, folder, options, io);
    progress.done();
    const zone = new Zone(folder.schema.timezone);
    io.stdout.write(options.json ? jsonOf(answers, folder, zone) : textOf(answers, folder, zone, options.explain));
    const above = answers.filter(({ probability }) => probability > (options.maxRisk ?? 1));
    if (above.length === 0) return ExitCode.ok;
    tell(
      `${above.length === 1 ? `${oneLine(above[0]!.name)} is` : `${above.length} changes are`} above the limit of ${percent(options.maxRisk!)}`,
    );
    return ExitCode.avoid;
  } finally {
    progress.done();
    await folder.opened.close();
  }
}

async function answersTo(
  { columns, names, times, at }: AskedChanges,
  { schema, model, opened }: ChangeFolder,
  options: PredictOptions,
  io: Io,
): Promise<Answer[]> {
  const { features } = schema;
  const rows = encoded(features, columns, names.length);
  const probabilities = await opened.probabilities(rows);
  const answers: Answer[] = names.map((name, i) => ({
    name,
    at: times[i]!,
    probability: probabilities[i]!,
    percentile: percentileOf(schema, probabilities[i]!),
  }));
  const explained = [...answers.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, options.explain);
  for (const index of explained) {
    io.signal.throwIfAborted();
    const row = rows.subarray(index * model.inputs, (index + 1) * model.inputs);
    const explanation = explain(model, features, row);
    answers[index]!.explanation = {
      ...explanation,
      reasons: reasonsOf(explanation, features, row, MOST_REASONS).map(({ text }) => text),
    };
  }
  const [only] = answers;
  if (answers.length === 1 && at !== undefined) {
    const window = await nextSafeWindow(options.windows, only!.at, io);
    if (window !== undefined) {
      const [probability] = await opened.probabilities(encoded(features, at(window.startMs), 1));
      only!.safe = { ...window, probability: probability! };
    }
  }
  return answers;
}

function textOf(answers: readonly Answer[], { schema }: ChangeFolder, zone: Zone, shown: number): string {
  const { changes, failures } = schema.training;
  const base = `${percent(failures / changes)} of the changes in training failed`;
  if (answers.length === 1) return `${single(answers[0]!, zone, base).join("\n")}\n`;
  const riskiest = [...answers].sort((a, b) => b.probability - a.probability).slice(0, shown);
  const lines = riskiest.flatMap(({ name, probability, percentile, explanation }) => [
    `${percent(probability).padStart(7)}  above ${String(percentile).padStart(3)} %  ${oneLine(name)}`,
    ...(explanation?.reasons ?? []).map((reason) => `           ${oneLine(reason)}`),
  ]);
  const more = answers.length > riskiest.length ? `, the riskiest ${riskiest.length} shown` : "";
  return `${answers.length} changes${more}; ${base}\n${lines.join("\n")}\n`;
}

function single({ name, at, probability, percentile, explanation, safe }: Answer, zone: Zone, base: string): string[] {
  const when = ` at ${dateLabel(zone.wallAt(at))} ${timeOfDay(zone.wallAt(at))} ${zone.id}`;
  const lines = [
    `${oneLine(name)}${when}: ${percent(probability)} to fail, riskier than ${percentile} % of changes (${base})`,
    ...(explanation?.reasons ?? []).map((reason) => `  ${oneLine(reason)}`),
  ];
  if (safe !== undefined) {
    const span = spanLabel(safe.zone, safe.startMs, safe.endMs);
    const of = safe.service === null ? "" : ` of ${oneLine(safe.service)}`;
    lines.push(`In the next safe window${of}, ${span} ${safe.zone.id}: ${percent(safe.probability)} to fail`);
  }
  return lines;
}

function jsonOf(answers: readonly Answer[], { schema }: ChangeFolder, zone: Zone): string {
  const document = {
    schemaVersion: 1,
    model: { sha256: schema.sha256, source: schema.source, trainedTo: schema.training.to },
    changes: answers.map(({ name, at, probability, percentile, explanation, safe }) => ({
      name,
      at: zone.format(at),
      probability: rounded(probability),
      percentile,
      explanation:
        explanation === undefined
          ? null
          : {
              base: explanation.base,
              contributions: explanation.contributions,
              reasons: explanation.reasons,
            },
      nextSafeWindow:
        safe === undefined
          ? null
          : {
              start: safe.zone.format(safe.startMs),
              end: safe.zone.format(safe.endMs),
              service: safe.service,
              probability: rounded(safe.probability),
            },
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
