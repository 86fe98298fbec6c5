/**
 * `evaluation-metrics.json`: how well a model foretold changes that came after those it was trained on, beside what one gets
 * without it.
 * @module
 */

import { z } from "zod";

export const EVALUATION_SCHEMA_VERSION = 1;

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const instant = z.iso.datetime().describe("when a change started, UTC");
const inRiskiest = (percent: number) =>
  share
    .nullable()
    .describe(
      `of the failures, in the riskiest ${percent} % of the changes; equal probabilities share their places, and what straddles the limit counts in proportion`,
    );

export const ChangeScores = z
  .object({
    rocAuc: share.nullable().describe("chance that a failure got a higher probability than a success, ties half"),
    averagePrecision: share.nullable().describe("precision over recall, a step for each different probability"),
    brier: share.describe("mean squared error of the probability"),
    expectedCalibrationError: share.describe(
      "mean distance of probability and share of failures over ten bins of equally many changes; equal probabilities stay in one bin",
    ),
    threshold: share
      .nullable()
      .describe("changes count as flagged from this probability on; null where no failure was there to choose it by"),
    precision: share.nullable().describe("share of failures among flagged changes"),
    recall: share.nullable().describe("share of flagged changes among failures"),
    f1: share.nullable().describe("2 · flagged failures / (flagged changes + failures)"),
    recallTop5: inRiskiest(5),
    recallTop10: inRiskiest(10),
    recallTop20: inRiskiest(20),
    recallTop50: inRiskiest(50),
    recallAt20Effort: share
      .nullable()
      .describe(
        "of the failures, found with 20 % of the effort of inspecting all changes, highest probability per effort first; the last one counts in proportion",
      ),
  })
  .describe("null where not determined: without a failure, without a success, or with nothing flagged");
export type ChangeScores = z.infer<typeof ChangeScores>;

const Part = z.object({
  changes: count,
  failures: count,
  from: instant,
  to: instant,
});

export const EvaluationDocument = z
  .object({
    schemaVersion: z.literal(EVALUATION_SCHEMA_VERSION),
    split: z.object({
      share: share.describe("of the changes, the earliest, that the model could learn from"),
      training: Part.describe(
        "of them, those whose outcome was certain to be known, whichever it was, when the first change of the test started",
      ),
      test: Part,
    }),
    model: z.object({ test: ChangeScores }),
    baselines: z.object({
      baseRate: ChangeScores.describe("the share of failures in training, for every change"),
      linesAdded: ChangeScores.nullable().describe("lines added alone (LApredict); null where no column holds them"),
      recentFailures: ChangeScores.nullable().describe(
        "share of failures among the five latest known; null where none was known in training",
      ),
    }),
  })
  .meta({ title: "drp train", description: "How well a model foretells which changes fail, beside baselines" });
export type EvaluationDocument = z.infer<typeof EvaluationDocument>;
