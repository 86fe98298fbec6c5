import { forestShares } from "./forest.ts";
import { type LogisticModel, logisticShares } from "./logistic-regression.ts";
import { type Recalibration, recalibrated } from "./recalibration.ts";
import type { Tree } from "./tree.ts";

/** Probability = recalibration(forestShare · forest + (1 − forestShare) · regression). */
export type ChangeModel = {
  inputs: number;
  forest: readonly Tree[];
  logistic: LogisticModel;
  /** 1 the forest alone, 0 the regression alone, ½ the average of both */
  forestShare: number;
  recalibration: Recalibration;
};

/** @param rows [rows, inputs] @returns [rows] probability that each change fails */
export function probabilitiesOf(model: ChangeModel, rows: Float32Array): Float64Array {
  const { inputs, forest, logistic, forestShare, recalibration } = model;
  return mixed(forestShares(forest, rows, inputs), logisticShares(logistic, rows, inputs), forestShare).map(
    (probability) => recalibrated(recalibration, probability),
  );
}

/** [rows] */
export function mixed(forest: Float64Array, logistic: Float64Array, forestShare: number): Float64Array {
  return forest.map((share, row) => forestShare * share + (1 - forestShare) * logistic[row]!);
}
