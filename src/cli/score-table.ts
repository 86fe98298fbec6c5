import type { ChangeScores, EvaluationDocument } from "../change/evaluation-document.ts";
import { aligned } from "./aligned.ts";

const HEAD = ["AUC", "avg. precision", "Brier", "ECE", "top 5 %", "10 %", "20 %", "50 %", "20 % effort"];

/** The scores of the model beside its baselines, and the flags at its threshold. */
export function scoreTable({ split, model, baselines }: EvaluationDocument): string[] {
  const { changes, failures } = split.test;
  const rows: [string, ChangeScores | null][] = [
    ["drp", model.test],
    ["lines added alone", baselines.linesAdded],
    ["failures among the last 5", baselines.recentFailures],
    ["base rate", baselines.baseRate],
  ];
  const table = rows.flatMap(([name, scores]) => (scores === null ? [] : [[name, ...cellsOf(scores)]]));
  const { threshold, precision, recall, f1 } = model.test;
  const flags =
    threshold === null
      ? []
      : [
          "",
          `Flagged from ${share(threshold)} on: precision ${share(precision)}, recall ${share(recall)}, F1 ${number(f1, 2)}`,
        ];
  return [...aligned([[`latest ${changes} changes, ${failures} failed`, ...HEAD], ...table]), ...flags];
}

function cellsOf(scores: ChangeScores): string[] {
  const { recallTop5, recallTop10, recallTop20, recallTop50, recallAt20Effort } = scores;
  return [
    number(scores.rocAuc, 3),
    number(scores.averagePrecision, 3),
    number(scores.brier, 4),
    number(scores.expectedCalibrationError, 3),
    ...[recallTop5, recallTop10, recallTop20, recallTop50, recallAt20Effort].map(share),
  ];
}

function number(value: number | null, digits: number): string {
  return value === null ? "–" : value.toFixed(digits);
}

function share(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}
