import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../errors.ts";

/** The models that ship with the package. */
const EMBEDDED = fileURLToPath(new URL("../../models", import.meta.url));
const WEIGHTS = "model.safetensors";

/** A model on disk. */
export type FoundModel = {
  name: string;
  weightsFile: string;
  /** the text of config.json beside the weights; undefined where there is none */
  config: string | undefined;
};

/**
 * Finds a model by a name under `models/`, a folder that holds `model.safetensors`, or a `.safetensors` file.
 *
 * @throws {UserError} exit 4, naming what there is
 */
export async function findModel(nameOrPath: string, embeddedFolder = EMBEDDED): Promise<FoundModel> {
  const named = join(embeddedFolder, nameOrPath);
  const isName = basename(nameOrPath) === nameOrPath && (await isFile(join(named, WEIGHTS)));
  const path = isName ? named : nameOrPath;
  const weightsFile = path.endsWith(".safetensors") ? path : join(path, WEIGHTS);
  if (!(await isFile(weightsFile))) {
    const embedded = await readdir(embeddedFolder).catch(() => []);
    throw new UserError(
      `Cannot find model "${nameOrPath}": there is no file "${weightsFile}"`,
      ExitCode.model,
      `embedded models: ${embedded.join(", ") || "none"}; a folder with ${WEIGHTS} or a .safetensors file works too`,
    );
  }
  const folder = dirname(weightsFile);
  const config = await readFile(join(folder, "config.json"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`Cannot read "${join(folder, "config.json")}": ${error.message}`, ExitCode.model);
  });
  const name = path === weightsFile && basename(path) !== WEIGHTS ? basename(path, ".safetensors") : basename(folder);
  return { name, weightsFile, config };
}

/** SHA-256 of a file, in hexadecimal; the file is streamed. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
