import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openModel } from "../../src/forecast/open-model.ts";
import { expectGolden } from "./golden-forecasts.ts";

it("drp-mini gives the answers that were recorded when it was trained", async () => {
  const model = await openModel("drp-mini");
  await expectGolden(model, fileURLToPath(new URL("../../models/drp-mini/golden.json", import.meta.url)));
  await model.close();
});

it("drp-mini forecasts a week in one decode step", async () => {
  const model = await openModel("drp-mini");
  expect(model.dimensions.outputPatch).toBeGreaterThanOrEqual(168);
  await model.close();
});
