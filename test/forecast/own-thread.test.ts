import { cpSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openModel } from "../../src/forecast/open-model.ts";
import { probeHistories } from "../../src/forecast/probe-histories.ts";
import { scratch } from "../cli/drp.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const histories = probeHistories(3, 300);
const request = { horizon: 300, context: 256 };

it("gives the answers of the caller's thread, and leaves the event loop free", async () => {
  const [own, callers] = [await openModel(FIXTURE, { thread: "own" }), await openModel(FIXTURE, { thread: "caller" })];
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const many = probeHistories(32, 4096);
  await own.forecast(many, { horizon: 128, context: 4096 });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
  expect(await own.forecast(histories, request)).toEqual(await callers.forecast(histories, request));
  const covariates = { staticNumerical: { size: [1, 2, 4] } };
  expect(await own.forecastWithCovariates(histories, covariates, { horizon: 24, context: 320 })).toEqual(
    await callers.forecastWithCovariates(histories, covariates, { horizon: 24, context: 320 }),
  );
  await Promise.all([own.close(), callers.close()]);
});

it("answers several at a time, and stops waiting when it is told to", async () => {
  const model = await openModel(FIXTURE, { thread: "own" });
  const [expected] = await model.forecast(histories, request);
  const controller = new AbortController();
  const stopped = model.forecast(probeHistories(32, 4096), { horizon: 128, context: 4096, signal: controller.signal });
  const others = [model.forecast(histories, request), model.forecast(histories, request)];
  setTimeout(() => controller.abort(), 1);
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  for (const [first] of await Promise.all(others)) expect(first).toEqual(expected);
  await model.close();
});

it("throws a user's error as the thread threw it", async () => {
  const folder = scratch();
  for (const name of ["model.safetensors", "config.json"]) cpSync(join(FIXTURE, name), join(folder, name));
  truncateSync(join(folder, "model.safetensors"), 5000);
  await expect(openModel(folder, { thread: "own" })).rejects.toMatchObject({ exitCode: 4 });
  const device = process.platform === "win32" ? "coreml" : "dml";
  await expect(openModel(FIXTURE, { thread: "own", device })).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining(`Cannot run on device "${device}"`),
  });
});
