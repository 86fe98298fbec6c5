import { describe, expect, it } from "vitest";
import { z } from "zod";
import { scoresOf } from "../../src/change/change-scores.ts";
import { EvaluationDocument } from "../../src/change/evaluation-document.ts";

const scores = scoresOf({
  probabilities: Float64Array.from([0.8, 0.4, 0.1]),
  failed: Uint8Array.from([1, 0, 0]),
  effort: Float64Array.from([3, 2, 1]),
  threshold: 0.5,
});
const part = { changes: 12, failures: 3, from: "2024-01-02T03:04:05.000Z", to: "2024-06-07T08:09:10.000Z" };
const document = {
  schemaVersion: 1,
  split: { share: 0.8, training: part, test: part },
  model: { test: scores },
  baselines: { baseRate: scores, linesAdded: scores, recentFailures: null },
};

describe("EvaluationDocument", () => {
  it("takes what was scored, and comes back from JSON as it was", () => {
    expect(EvaluationDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  it("has the names that scripts read", () => {
    expect(Object.keys(scores)).toEqual(
      "rocAuc averagePrecision brier expectedCalibrationError threshold precision recall f1 recallTop5 recallTop10 recallTop20 recallTop50 recallAt20Effort".split(
        " ",
      ),
    );
  });

  it("refuses another version, and a score that is missing", () => {
    expect(EvaluationDocument.safeParse({ ...document, schemaVersion: 2 }).success).toBe(false);
    const { brier: _, ...rest } = scores;
    expect(EvaluationDocument.safeParse({ ...document, model: { test: rest } }).success).toBe(false);
  });

  it("can be written as JSON Schema", () => {
    expect(z.toJSONSchema(EvaluationDocument)).toMatchObject({
      type: "object",
      required: ["schemaVersion", "split", "model", "baselines"],
    });
  });
});
