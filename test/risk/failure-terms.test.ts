import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { CLOCK_ROWS, COLUMN, COLUMNS, type DeployFeatures, FIRST_OWN } from "../../src/risk/deploy-features.ts";
import { FailureTerms } from "../../src/risk/failure-terms.ts";

const ROUNDS = 60;
const all = () => true;
const DEPLOYS = 5000;
const BASE = 0.03;
const OF_LARGE = 0.08;

/** Deploys of any hour, a fifth of them large, that fail by a chance of theirs alone, and more of them where they are large. */
function drawn(): { features: DeployFeatures; failed: Float64Array } {
  const random = seededRandom(3, 0);
  const own = Array.from({ length: COLUMNS - FIRST_OWN }, () => new Float64Array(DEPLOYS));
  const cells = new Uint8Array(DEPLOYS);
  const failed = new Float64Array(DEPLOYS);
  for (let i = 0; i < DEPLOYS; i += 1) {
    cells[i] = Math.floor(random() * 168);
    const large = random() < 0.2 ? 1 : 0;
    own[COLUMN.large - FIRST_OWN]![i] = large;
    failed[i] = random() < BASE + large * OF_LARGE ? 1 : 0;
  }
  return { features: { cells, own }, failed };
}

function learned(features: DeployFeatures, failed: Float64Array, isUsed: (column: number) => boolean = all) {
  const terms = new FailureTerms(features, new Float64Array(failed.length).fill(1), sum(failed), isUsed);
  const weights = new Float64Array(failed.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    terms.weightsInto(weights);
    terms.blame(failed.map((failure, i) => failure / weights[i]!));
    terms.learn();
  }
  return terms;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

describe("FailureTerms", () => {
  const { features, failed } = drawn();
  const terms = learned(features, failed);

  it("finds the term that does something, and hardly any other", () => {
    expect(Math.abs(terms.means[COLUMN.large]! / OF_LARGE - 1)).toBeLessThan(0.25);
    expect(Math.abs(terms.means[COLUMN.base]! / BASE - 1)).toBeLessThan(0.25);
    const ofClock = terms.means.subarray(COLUMN.hour, FIRST_OWN);
    expect(sum(ofClock) / ofClock.length).toBeLessThan(0.003);
  });

  it("explains as many failures as there were", () => {
    expect(Math.abs(sum(terms.estimates()) / sum(failed) - 1)).toBeLessThan(0.02);
  });

  it("is surer of what it has seen more of", () => {
    const one = (column: number) => terms.at(Float64Array.from({ length: COLUMNS }, (_, c) => (c === column ? 1 : 0)));
    const relative = (column: number) => one(column).variance / one(column).mean ** 2;
    expect(relative(COLUMN.base)).toBeLessThan(relative(COLUMN.large));
    expect(relative(COLUMN.large)).toBeLessThan(relative(COLUMN.hour));
  });

  it("learns nothing of a column that it may not use or has never seen", () => {
    const without = learned(features, failed, (column) => column !== COLUMN.large);
    expect(without.means[COLUMN.large]).toBe(0);
    expect(terms.means[COLUMN.critical]).toBe(0);
  });

  it("takes hours in which nobody deploys, next to hours in which people do, for what all deploys have in common", () => {
    const random = seededRandom(4, 0);
    const office = { cells: new Uint8Array(800), own: features.own.map(() => new Float64Array(800)) };
    const failedLate = Float64Array.from(office.cells, (_, i) => {
      const hour = 9 + Math.floor(random() * 9);
      office.cells[i] = Math.floor(random() * 5) * 24 + hour;
      return random() < (hour >= 16 ? 5 * BASE : BASE) ? 1 : 0;
    });
    const late = learned(office, failedLate);
    const at = (hour: number) =>
      late.at(Float64Array.from({ length: COLUMNS }, (_, c) => CLOCK_ROWS[hour]![c] ?? 0)).mean;
    expect(at(16) / at(12)).toBeGreaterThan(3);
    for (const hour of [4, 5, 6, 7, 8]) expect(at(hour) / at(12), `${hour} h`).toBeLessThan(1.5);
  });

  it("gives a deploy what the row of its features gives", () => {
    const estimates = terms.estimates();
    for (const i of [0, 1, 2, 3, 4]) {
      const row = [...CLOCK_ROWS[features.cells[i]!]!, ...features.own.map((values) => values[i]!)];
      expect(estimates[i]).toBeCloseTo(terms.at(Float64Array.from(row)).mean, 14);
    }
  });
});
