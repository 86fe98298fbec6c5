import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { goldenDeviation, parseGolden } from "../../src/forecast/golden-forecasts.ts";
import { type ForecastModel, openModel } from "../../src/forecast/open-model.ts";

let model: ForecastModel;
beforeAll(async () => {
  model = await openModel("drp-mini");
});
afterAll(() => model.close());

it("drp-mini gives the answers that were recorded when it was trained", async () => {
  const golden = parseGolden(readFileSync("models/drp-mini/golden.json", "utf8"), "golden.json");
  expect(golden.weights_sha256).toBe(createHash("sha256").update(readFileSync(model.file)).digest("hex"));
  expect(await goldenDeviation(model, golden)).toBeLessThanOrEqual(1);
});

it("drp-mini forecasts a week in one decode step", () => {
  expect(model.dimensions.outputPatch).toBeGreaterThanOrEqual(168);
});
