import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breachOf, errorBreachOf, type Golden, openGolden } from "../../scripts/golden-cases.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const stated = JSON.parse(readFileSync(`${FOLDER}/cases.json`, "utf8"));
const names: string[] = stated.cases.map((one: { name: string }) => one.name);
const errors: string[] = stated.errors.map((one: { name: string }) => one.name);

let golden: Golden;
beforeAll(async () => {
  golden = await openGolden(FOLDER);
});
afterAll(() => golden.model.close());

describe("TimesFm.forecast() gives the reference's answers", () => {
  it("of which there are many", () => expect(names.length).toBeGreaterThan(80));

  it.each(names)("%s", async (name) => {
    expect(await breachOf(golden, golden.cases.find((one) => one.name === name)!)).toBeUndefined();
  });

  it.each(errors)("raises %s", async (name) => {
    expect(await errorBreachOf(golden, name)).toBeUndefined();
  });

  it("and a wrong answer would be noticed", async () => {
    const one = structuredClone(golden.cases[0]!);
    one.quantiles[0]![0]![5]! += 1e-4 * one.scale[0]!;
    expect(await breachOf(golden, one)).toContain("channel 5");
  });
});
