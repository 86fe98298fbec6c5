import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ForecastModel, openModel } from "../../src/forecast/open-model.ts";
import { expectGolden } from "./golden-forecasts.ts";

let model: ForecastModel;
beforeAll(async () => {
  model = await openModel("drp-mini");
});
afterAll(() => model.close());

it("drp-mini gives the answers that were recorded when it was trained", async () => {
  await expectGolden(model, fileURLToPath(new URL("../../models/drp-mini/golden.json", import.meta.url)));
});

it("drp-mini forecasts a week in one decode step", () => {
  expect(model.dimensions.outputPatch).toBeGreaterThanOrEqual(168);
});
