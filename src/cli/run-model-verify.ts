import { dirname } from "node:path";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { CATALOG } from "../checkpoint/catalog.ts";
import { findModel, installedModels } from "../checkpoint/find-model.ts";
import { ExitCode } from "../errors.ts";
import type { Device } from "../forecast/open-model.ts";
import { type Check, verifyModel } from "../forecast/verify-model.ts";
import { told } from "./forecasting.ts";
import type { Io } from "./io.ts";

export type ModelVerifyOptions = { device: Device; json: boolean; quiet: boolean };

const WORDS: Record<Check["state"], string> = { passed: "ok", failed: "FAILED", "not recorded": "–" };

/**
 * Checks one model, or every installed one, and prints a line for each check.
 *
 * @returns the exit code: model if a check failed
 * @throws {UserError} exit 4 if there is no such model, or the device is not to be had
 */
export async function runModelVerify(
  asked: string | undefined,
  options: ModelVerifyOptions,
  io: Io,
): Promise<ExitCode> {
  const { device } = options;
  const { progress, tell } = told(io, options.quiet);
  const folders = { pulled: modelsFolder(io.env) };
  const names = asked === undefined ? (await installedModels(folders)).map(({ name }) => name) : [asked];
  const documents: unknown[] = [];
  let failed = 0;
  for (const asked of names) {
    const found = await findModel(asked, folders);
    const pinned = CATALOG.find(({ name }) => name === found.name)?.weights;
    const checks: Check[] = [];
    progress.step(`checking ${found.name}`);
    for await (const check of verifyModel(found, pinned, { device, signal: io.signal })) {
      checks.push(check);
      progress.done();
      if (!options.json) io.stdout.write(lineOf(found.name, check));
      progress.step(`checking ${found.name}`);
    }
    const lapses = checks.filter(({ state }) => state === "failed").length;
    failed += lapses;
    documents.push({ name: found.name, folder: dirname(found.weightsFile), device, ok: lapses === 0, checks });
  }
  progress.done();
  if (options.json) io.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
  if (failed === 0) return ExitCode.ok;
  tell(`\n${failed} ${failed === 1 ? "check" : "checks"} failed`);
  return ExitCode.model;
}

function lineOf(model: string, { name, state, found }: Check): string {
  return `${WORDS[state].padEnd(6)}  ${model}  ${name}: ${found}\n`;
}
