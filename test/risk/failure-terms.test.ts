import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { COLUMN } from "../../src/risk/deploy-features.ts";
import { FailureTerms, type Sparse } from "../../src/risk/failure-terms.ts";

const ROUNDS = 60;
const all = () => true;

/** Deploys that have each of some columns by a chance, and fail by the sum of the terms of those that they have. */
function drawn(count: number, columns: Readonly<Record<number, { chance: number; term: number }>>) {
  const random = seededRandom(3, 0);
  const rows: Sparse[] = [];
  const failed: Sparse[] = [];
  for (let i = 0; i < count; i += 1) {
    const has = Object.entries(columns).filter(([, { chance }]) => random() < chance);
    const row = {
      columns: Uint8Array.from(has, ([column]) => Number(column)),
      values: new Float64Array(has.length).fill(1),
    };
    rows.push(row);
    if (random() < has.reduce((sum, [, { term }]) => sum + term, 0)) failed.push(row);
  }
  return { rows, failed };
}

function learned(rows: readonly Sparse[], failed: readonly Sparse[], isUsed: (column: number) => boolean = all) {
  const weights = rows.map(() => 1);
  const terms = new FailureTerms(rows, weights, failed.length, isUsed);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const row of failed) terms.blame(row, 1 / terms.weightOf(row));
    terms.learn();
  }
  return terms;
}

describe("FailureTerms", () => {
  const others = Object.fromEntries(
    Array.from({ length: 24 }, (_, i) => [COLUMN.hour + i, { chance: 1 / 24, term: 0 }]),
  );
  const { rows, failed } = drawn(5000, {
    [COLUMN.base]: { chance: 1, term: 0.03 },
    ...others,
    [COLUMN.large]: { chance: 0.2, term: 0.08 },
  });
  const terms = learned(rows, failed);

  it("finds the term that does something, and hardly any other", () => {
    expect(Math.abs(terms.means[COLUMN.large]! / 0.08 - 1)).toBeLessThan(0.25);
    expect(Math.abs(terms.means[COLUMN.base]! / 0.03 - 1)).toBeLessThan(0.25);
    const idle = Object.keys(others).map((column) => terms.means[Number(column)]!);
    expect(idle.reduce((sum, term) => sum + term, 0) / idle.length).toBeLessThan(0.003);
  });

  it("explains as many failures as there were", () => {
    const expected = rows.reduce((sum, row) => sum + terms.at(row).mean, 0);
    expect(Math.abs(expected / failed.length - 1)).toBeLessThan(0.02);
  });

  it("is surer of what it has seen more of", () => {
    const one = (column: number) => terms.at({ columns: Uint8Array.of(column), values: Float64Array.of(1) });
    const relative = (column: number) => one(column).variance / one(column).mean ** 2;
    expect(relative(COLUMN.base)).toBeLessThan(relative(COLUMN.large));
    expect(relative(COLUMN.large)).toBeLessThan(relative(COLUMN.hour));
  });

  it("learns nothing of a column that it may not use or has never seen", () => {
    const without = learned(rows, failed, (column) => column !== COLUMN.large);
    expect(without.means[COLUMN.large]).toBe(0);
    expect(terms.means[COLUMN.critical]).toBe(0);
  });
});
