import { describe, expect, it } from "vitest";
import { auc } from "../../src/backtest/scores.ts";
import { seededRandom } from "../../src/chance/random.ts";
import type { Feature } from "../../src/change/feature-schema.ts";
import { permutationImportance } from "../../src/change/permutation-importance.ts";

const number = (name: string): Feature => ({ name, kind: "number", fill: 0, min: 0, max: 1 });
const team: Feature = { name: "team", kind: "category", levels: ["a", "b"] };
const FEATURES = [number("noise"), number("strong"), team, number("weak")];
const INPUTS = 5;

/** Changes whose risk is .7 · strong + .2 · weak + .1 where team is a; rows [count, noise strong a b weak]. */
function drawn(count: number, seed = 1) {
  const random = seededRandom(seed, 0);
  const rows = new Float32Array(count * INPUTS);
  const failed = new Uint8Array(count);
  for (let row = 0; row < count; row += 1) {
    const isA = random() < 0.5;
    rows.set([random(), random(), Number(isA), Number(!isA), random()], row * INPUTS);
    failed[row] = random() < riskOf(rows, row) ? 1 : 0;
  }
  return { rows, failed };
}
const riskOf = (rows: Float32Array, row: number) =>
  0.7 * rows[row * INPUTS + 1]! + 0.1 * rows[row * INPUTS + 2]! + 0.2 * rows[row * INPUTS + 4]!;
const predict = async (rows: Float32Array) =>
  Float64Array.from({ length: rows.length / INPUTS }, (_, row) => riskOf(rows, row));

describe("permutationImportance()", () => {
  it("ranks features by what the model would lose, and finds nothing in one it does not use", async () => {
    const { rows, failed } = drawn(1500);
    const importances = (await permutationImportance(FEATURES, rows, failed, predict, { seed: 1 }))!;
    expect(importances.map(({ name }) => name)).toEqual(["strong", "weak", "team", "noise"]);
    expect(importances.at(-1)).toEqual({ name: "noise", drop: 0, low: 0, high: 0 });
    for (const { low, drop, high } of importances) {
      expect(low).toBeLessThanOrEqual(drop);
      expect(high).toBeGreaterThanOrEqual(drop);
    }
    expect(importances[0]!.low).toBeGreaterThan(0.1);
  });

  it("is the drop of the area when the feature is drawn anew", async () => {
    const { rows, failed } = drawn(2000);
    const importances = (await permutationImportance(FEATURES, rows, failed, predict, { seed: 1 }))!;
    const whole = auc(failed, await predict(rows))!;
    const drops = Array.from({ length: 20 }, (_, i) => {
      const other = drawn(2000, 2 + i).rows; // knows nothing of the outcomes
      const without = rows.map((value, at) => (at % INPUTS === 1 ? other[at]! : value));
      return (
        whole -
        auc(
          failed,
          Float64Array.from(failed, (_, row) => riskOf(without, row)),
        )!
      );
    });
    const drop = drops.reduce((sum, one) => sum + one, 0) / drops.length;
    expect(Math.abs(importances[0]!.drop - drop)).toBeLessThan(0.01);
    expect(importances[0]!.low).toBeLessThan(drop);
    expect(importances[0]!.high).toBeGreaterThan(drop);
  });

  it("shuffles all inputs of a feature together, within its column", async () => {
    const { rows, failed } = drawn(400);
    const seen: Float32Array[] = [];
    const spy = async (some: Float32Array) => {
      seen.push(some.slice());
      return predict(some);
    };
    await permutationImportance(FEATURES, rows, failed, spy, { seed: 1 });
    const [intact, ...shuffled] = seen;
    expect(shuffled).toHaveLength(FEATURES.length);
    const column = (some: Float32Array, input: number) => [...some.filter((_, i) => i % INPUTS === input)];
    const ofTeam = shuffled[2]!.subarray(0, intact!.length);
    for (const input of [0, 1, 4]) expect(column(ofTeam, input)).toEqual(column(intact!, input));
    const isA = column(ofTeam, 2);
    expect(column(ofTeam, 3)).toEqual(isA.map((one) => 1 - one));
    expect(isA).not.toEqual(column(intact!, 2));
    expect(isA.toSorted()).toEqual(column(intact!, 2).toSorted());
    expect(column(intact!, 0).toSorted()).toEqual(column(rows, 0).toSorted());
  });

  it("gives the same for one seed, and looks at 2,000 changes at most", async () => {
    const { rows, failed } = drawn(5000);
    let most = 0;
    const counting = async (some: Float32Array) => {
      most = Math.max(most, some.length / INPUTS);
      return predict(some);
    };
    const first = await permutationImportance(FEATURES, rows, failed, counting, { seed: 1 });
    expect(most).toBe(3 * 2000);
    expect(await permutationImportance(FEATURES, rows, failed, predict, { seed: 1 })).toEqual(first);
    expect(await permutationImportance(FEATURES, rows, failed, predict, { seed: 2 })).not.toEqual(first);
  });

  it("has intervals that hold what a larger sample shows, nearly always", async () => {
    const { rows, failed } = drawn(2000, 99);
    const truth = (await permutationImportance(FEATURES, rows, failed, predict, { seed: 1 }))!.find(
      ({ name }) => name === "strong",
    )!.drop;
    let held = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const small = drawn(200, seed);
      const [strong] = (await permutationImportance(FEATURES, small.rows, small.failed, predict, { seed }))!;
      if (strong!.low <= truth && truth <= strong!.high) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(34); // 38 of 40 expected
    expect(held).toBeLessThanOrEqual(40);
  });

  it("is not determined where changes have one outcome", async () => {
    const { rows } = drawn(50);
    expect(await permutationImportance(FEATURES, rows, new Uint8Array(50), predict, { seed: 1 })).toBeUndefined();
    const one = drawn(1);
    expect(await permutationImportance(FEATURES, one.rows, one.failed, predict, { seed: 1 })).toBeUndefined();
  });

  it("goes on where a resample has one outcome alone", async () => {
    const { rows } = drawn(6);
    const failed = Uint8Array.from([0, 1, 0, 0, 0, 0]);
    const importances = (await permutationImportance(FEATURES, rows, failed, predict, { seed: 1 }))!;
    for (const { low, high } of importances) expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
  });

  it("tells how far it is, and stops when told", async () => {
    const { rows, failed } = drawn(100);
    const told: string[] = [];
    await permutationImportance(FEATURES, rows, failed, predict, {
      seed: 1,
      onProgress: (done, total) => told.push(`${done}/${total}`),
    });
    expect(told).toEqual(["0/4", "1/4", "2/4", "3/4", "4/4"]);
    const stop = new AbortController();
    const stopping = permutationImportance(FEATURES, rows, failed, predict, {
      seed: 1,
      signal: stop.signal,
      onProgress: (done) => done === 2 && stop.abort(new Error("stopped")),
    });
    await expect(stopping).rejects.toThrow("stopped");
  });
});
