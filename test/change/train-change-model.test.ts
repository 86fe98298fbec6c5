import { describe, expect, it } from "vitest";
import { logistic } from "../../src/backtest/logit.ts";
import { auc } from "../../src/backtest/scores.ts";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { probabilitiesOf } from "../../src/change/change-model.ts";
import { rowsSettledBefore, type TrainingRows, trainChangeModel } from "../../src/change/train-change-model.ts";

const HOUR_MS = 3_600_000;
const settings = { trees: 40, seed: 1, threads: 1 };

function drawn(count: number, truth: (x: number, y: number, share: number) => number, seed = 3): TrainingRows {
  const random = seededRandom(seed, 9);
  const rows = new Float32Array(count * 2);
  const failed = new Uint8Array(count);
  for (let row = 0; row < count; row += 1) {
    const [x, y] = [standardNormal(random), standardNormal(random)];
    rows.set([x, y], row * 2);
    failed[row] = Number(random() < truth(x, y, row / count));
  }
  return { rows, inputs: 2, failed, times: Float64Array.from(failed, (_, row) => row * HOUR_MS) };
}

describe("trainChangeModel()", () => {
  it("ranks and calibrates new changes nearly as well as the truth", async () => {
    const truth = (x: number, y: number) => logistic(-1.5 + 1.2 * x + 0.8 * Math.abs(y));
    const { model, choice } = await trainChangeModel(drawn(4000, truth), settings);
    const ahead = drawn(4000, truth, 4);
    const probabilities = probabilitiesOf(model, ahead.rows);
    const best = Float64Array.from(ahead.failed, (_, row) => truth(ahead.rows[2 * row]!, ahead.rows[2 * row + 1]!));
    expect(auc(ahead.failed, probabilities)!).toBeGreaterThan(auc(ahead.failed, best)! - 0.02);
    const off = probabilities.reduce((sum, p, row) => sum + p - best[row]!, 0) / 4000;
    expect(Math.abs(off)).toBeLessThan(0.03);
    expect(choice.forestShare).toBe(0.5);
  });

  it("recalibrates to the failures of late, where they became rarer", async () => {
    const data = drawn(4000, (x, _, share) => logistic(x - (share < 0.7 ? 0 : 2.5)));
    const { model } = await trainChangeModel(data, settings);
    const probabilities = probabilitiesOf(model, data.rows.subarray(2 * 3600));
    const failures = data.failed.subarray(3600).reduce((sum, one) => sum + one, 0) / 400;
    expect(probabilities.reduce((sum, p) => sum + p, 0) / 400).toBeCloseTo(failures, 1);
  });

  it("lets old changes count less, unless it is clearly better that they count alike", async () => {
    const turned = drawn(3000, (x, _, share) => logistic(-1 + (share < 0.5 ? -2 : 2) * x));
    expect((await trainChangeModel(turned, settings)).choice.halfLifeMs).toBeLessThan(Infinity);
  });

  it("learns from changes of one time", async () => {
    const data = drawn(400, (x) => logistic(2 * x));
    const { model, choice } = await trainChangeModel({ ...data, times: new Float64Array(400) }, settings);
    expect(choice.halfLifeMs).toBe(Infinity);
    expect(auc(data.failed, probabilitiesOf(model, data.rows))!).toBeGreaterThan(0.8);
  });

  it("compares every candidate", async () => {
    const { choice, validation } = await trainChangeModel(
      drawn(1000, (x) => logistic(x)),
      settings,
    );
    expect(choice.candidates).toHaveLength(6);
    expect(choice.candidates.every(({ logLoss }) => logLoss > 0 && logLoss < 1)).toBe(true);
    expect(validation.failed).toHaveLength(100);
  });

  it.each([340, 380, 1000])("compares candidates although outcomes were known %i hours late", async (late) => {
    const data = drawn(400, (x) => logistic(2 * x));
    const settledAt = data.times.map((time) => time + late * HOUR_MS);
    const { model, choice, validation } = await trainChangeModel({ ...data, settledAt }, settings);
    for (const { logLoss } of choice.candidates) expect(Math.abs(logLoss - 0.5)).toBeLessThan(0.2);
    expect(validation.probabilities.every((probability) => probability > 0 && probability < 1)).toBe(true);
    expect(auc(data.failed, probabilitiesOf(model, data.rows))!).toBeGreaterThan(0.8);
  });

  it("has nothing to say where nothing tells", async () => {
    const { model } = await trainChangeModel(
      drawn(3000, () => 0.1),
      settings,
    );
    const probabilities = probabilitiesOf(model, drawn(500, () => 0.1, 8).rows);
    expect(Math.max(...probabilities)).toBeLessThan(0.35);
    expect(probabilities.reduce((sum, p) => sum + p, 0) / 500).toBeCloseTo(0.1, 1);
  });
});

describe("rowsSettledBefore()", () => {
  it("leaves out what was not known yet when the next row started", () => {
    const data = drawn(10, () => 0.5);
    const settledAt = data.times.map((time, row) => time + (row === 3 ? 100 : 2) * HOUR_MS);
    const before = rowsSettledBefore({ ...data, settledAt }, 8);
    // at hour 8 those of hours 0 to 6 are known, but for that of hour 3
    expect([...before.times].map((time) => time / HOUR_MS)).toEqual([0, 1, 2, 4, 5, 6]);
    expect(before.rows).toEqual(
      Float32Array.from([0, 1, 2, 4, 5, 6].flatMap((row) => [...data.rows.subarray(2 * row, 2 * row + 2)])),
    );
  });

  it("takes all rows where nothing tells when outcomes were known", () => {
    expect(
      rowsSettledBefore(
        drawn(10, () => 0.5),
        8,
      ).failed,
    ).toHaveLength(8);
  });
});
