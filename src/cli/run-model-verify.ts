import { dirname, join } from "node:path";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { CATALOG } from "../checkpoint/catalog.ts";
import { findModel, installedModels, isFile, type ModelFolders, WEIGHTS } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { conversionHint, convertedFile } from "../forecast/converted-weights.ts";
import { checkDevice, type Device, type Precision } from "../forecast/open-model.ts";
import { type Check, verifyModel } from "../forecast/verify-model.ts";
import { counted } from "../naming/counted.ts";
import type { Io } from "./io.ts";
import { oneLine } from "./printable.ts";
import { told } from "./progress.ts";

export type ModelVerifyOptions = { device: Device; precision: Precision; json: boolean; quiet: boolean };

const WORDS: Record<Check["state"], string> = { passed: "ok", failed: "FAILED", "not recorded": "–" };

/**
 * Checks one model, or every one that is installed in the precision asked for, and prints a line for each check.
 *
 * @returns the exit code: model if a check failed
 * @throws {UserError} exit 4 if there is no such model, or the device is not to be had, exit 2 if it cannot be run there
 */
export async function runModelVerify(
  asked: string | undefined,
  options: ModelVerifyOptions,
  io: Io,
): Promise<ExitCode> {
  const { device, precision } = options;
  checkDevice(precision, device);
  const { progress, tell } = told(io, options.quiet);
  const folders = { pulled: modelsFolder(io.env) };
  const names = asked === undefined ? await installedIn(precision, folders) : [asked];
  const documents: unknown[] = [];
  const hints: string[] = [];
  let failed = 0;
  for (const asked of names) {
    const found = await findModel(asked, folders);
    const pinned = CATALOG.find(({ name }) => name === found.name)?.weights;
    const checks: Check[] = [];
    const label = precision === "fp32" ? found.name : `${found.name} ${precision}`;
    progress.step(`checking ${label}`);
    for await (const check of verifyModel(found, pinned, { asked, device, precision, signal: io.signal })) {
      checks.push(check);
      progress.done();
      if (!options.json) io.stdout.write(lineOf(label, check));
      progress.step(`checking ${label}`);
      if (check.hint !== undefined) hints.push(check.hint);
    }
    const lapses = checks.filter(({ state }) => state === "failed").length;
    failed += lapses;
    documents.push({
      name: found.name,
      folder: dirname(found.weightsFile),
      device,
      precision,
      ok: lapses === 0,
      checks,
    });
  }
  progress.done();
  if (options.json) io.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
  if (failed === 0) return ExitCode.ok;
  tell(`\n${counted(failed, "check")} failed`);
  for (const hint of hints) tell(`\nhint: ${hint}`);
  return ExitCode.model;
}

/** @throws {UserError} exit 4 if there is none */
async function installedIn(precision: Precision, folders: ModelFolders): Promise<string[]> {
  const names: string[] = [];
  for (const { name, folder } of await installedModels(folders)) {
    if (precision === "fp32" || (await isFile(convertedFile({ weightsFile: join(folder, WEIGHTS) }, precision))))
      names.push(name);
  }
  if (names.length > 0) return names;
  throw new UserError(
    `Cannot verify ${precision} weights: no installed model has any`,
    ExitCode.model,
    precision === "fp32" ? undefined : conversionHint("NAME", precision),
  );
}

function lineOf(model: string, { name, state, found }: Check): string {
  return `${WORDS[state].padEnd(6)}  ${oneLine(`${model}  ${name}: ${found}`)}\n`;
}
