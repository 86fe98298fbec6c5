import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { drp } from "./drp.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const bench = (...options: string[]) => drp(["model", "bench", FIXTURE, "--runs", "2", ...options]);

describe("drp model bench", () => {
  it("measures every context with every batch", async () => {
    const { code, stdout } = await bench("--context", "50,512", "--batch", "1,3", "--json");
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ device: "cpu", precision: "fp32", horizon: 168, runs: 2 });
    const cells = document.rows.map(({ context, batch }: { context: number; batch: number }) => [context, batch]);
    expect(cells).toEqual([
      [50, 1], // no whole number of patches
      [50, 3],
      [512, 1],
      [512, 3],
    ]);
    for (const { batch, forecastMs, seriesPerSecond, productShare } of document.rows) {
      expect(seriesPerSecond).toBeCloseTo((1000 * batch) / forecastMs, 6);
      expect(productShare).toBeGreaterThan(0);
    }
    expect(document.peakBytes).toBeGreaterThan(1e7);
    expect(document.oneShot.openMs).toBeGreaterThan(0);
  });

  it("prints a table", async () => {
    const { code, stdout, stderr } = await bench("--context", "64", "--batch", "2");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\(fp32\) on cpu, 168 hours ahead, median of 2\nonce: open \d+ ms, first forecast of 64 hours \d+ ms/,
    );
    expect(stdout).toMatch(/\ncontext {2}batch +ms +series\/s +products\n64 +2 +[\d.]+ +[\d.]+ +\d+ %\n$/);
    expect(stderr).toContain("products: time of the matrix products alone");
  });

  it.each([
    [["--context", "64,x"], "Expected a whole number from 1 to 16384."],
    [["--batch", "0"], "Expected a whole number from 1 to 1024."],
    [["--precision", "int4"], "Allowed choices are fp32, fp16, int8."],
  ])("refuses %j", async (options, words) => {
    const { code, stderr } = await bench(...options);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it("refuses a context beyond the model's before it measures", async () => {
    const { code, stdout, stderr } = await bench("--context", "16384");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Cannot read 16384 points of context: expected at most 16128 with this model");
  });

  it("says how to get a precision that is not there", async () => {
    const { code, stderr } = await bench("--precision", "int8");
    expect(code).toBe(4);
    expect(stderr).toContain(`hint: convert it with: drp model convert ${FIXTURE} --precision int8`);
  });
});
