import { encodeModel } from "../onnx/model-proto.ts";
import { readSafetensors, type Safetensors } from "../onnx/safetensors.ts";
import { openSession, placeOf, type Work } from "../onnx/session.ts";
import { startSessionThread } from "../onnx/session-thread.ts";
import { Weights } from "../onnx/weights.ts";
import { type Dimensions, dimensionsOf } from "../timesfm/dimensions.ts";
import { buildForecast } from "../timesfm/forecast-graph.ts";
import { buildPass } from "../timesfm/graph.ts";
import type { ModelConfig } from "../timesfm/model-config.ts";
import { TimesFm } from "../timesfm/timesfm.ts";

export { parseConfig } from "../timesfm/model-config.ts";

/** In a graph, each of which is as large as a graph of one: horizons that need more are rare. */
const MOST_PASSES = 8;

/**
 * Opens weights as the bare model, with every flag of the reference.
 *
 * @param horizon as of `openModel()`; those of one pass unless given
 * @throws {UserError} exit 4 if the file is broken, its tensors are not those of a TimesFM 2.5, or the device is not to be had
 * @throws {RangeError} if the horizon is no whole number above 0
 */
export async function openTimesFm(
  weightsFile: string,
  config: ModelConfig,
  { thread = "caller", horizon = 1, ...options }: Partial<Work> & { thread?: "own" | "caller"; horizon?: number } = {},
): Promise<{ model: TimesFm; dimensions: Dimensions }> {
  if (!Number.isInteger(horizon) || horizon < 1)
    throw new RangeError(`Cannot open a model for horizon ${horizon}: expected 1 or more whole hours`);
  const starting =
    thread === "own" ? startSessionThread() : Promise.resolve({ open: openSession, close: async () => {} });
  starting.catch(() => {}); // thrown below, once the weights are read
  try {
    const { device = "cpu" } = options;
    const dialect = device === "cpu" ? "cpu" : "gpu";
    const { file, dimensions, folder, name } = await readTimesFm(weightsFile, config);
    const passes = Math.min(MOST_PASSES, Math.ceil(horizon / dimensions.outputPatch));
    const graph = buildForecast(dimensions, new Weights(file), name, dialect, passes);
    const work: Work = { runs: "many", folding: holdsHalves(file), ...options, device };
    const { open } = await starting;
    const session = await open(encodeModel(graph), folder, work);
    return { model: new TimesFm({ session, dimensions, passes }), dimensions };
  } catch (error) {
    await (await starting).close();
    throw error;
  }
}

/**
 * Reads the header of weights. Whoever builds a graph on it checks the tensors that the graph uses.
 *
 * @returns folder, name: where the file itself lies, whatever links to it
 * @throws {UserError} exit 4 if the file is broken, or tells no dimensions of a TimesFM 2.5
 */
export async function readTimesFm(weightsFile: string, config: ModelConfig) {
  const file = await readSafetensors(weightsFile);
  return { file, dimensions: dimensionsOf(file, config), ...(await placeOf(weightsFile)) };
}

/**
 * Reads the header of weights as `readTimesFm()`, and holds every tensor to the architecture.
 *
 * @throws {UserError} exit 4 if the file is broken, or its tensors are not those of a TimesFM 2.5
 */
export async function readChecked(weightsFile: string, config: ModelConfig) {
  const read = await readTimesFm(weightsFile, config);
  buildPass(read.dimensions, new Weights(read.file), read.name);
  return read;
}

/** Whether weights are widened as they are opened, once and not at every run. */
export function holdsHalves({ tensors }: Safetensors): boolean {
  return [...tensors.values()].some(({ dtype }) => dtype === "F16");
}
