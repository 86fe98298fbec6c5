import type { FoundModel } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { encodeModel, type Model } from "../onnx/model-proto.ts";
import { readSafetensors, type Safetensors } from "../onnx/safetensors.ts";
import { openSession, placeOf, type Work } from "../onnx/session.ts";
import { startSessionThread } from "../onnx/session-thread.ts";
import { Weights } from "../onnx/weights.ts";
import type { Dialect } from "../timesfm/dialects.ts";
import { type Dimensions, dimensionsOf, ModelConfig } from "../timesfm/dimensions.ts";
import { buildGraph } from "../timesfm/graph.ts";
import { TimesFm } from "../timesfm/timesfm.ts";

/** Opens weights as the bare model, with every flag of the reference. */
export async function openTimesFm(
  weightsFile: string,
  config: ModelConfig,
  { thread = "caller", ...options }: Partial<Work> & { thread?: "own" | "caller" } = {},
): Promise<{ model: TimesFm; dimensions: Dimensions }> {
  const starting =
    thread === "own" ? startSessionThread() : Promise.resolve({ open: openSession, close: async () => {} });
  starting.catch(() => {}); // thrown below, once the weights are read
  try {
    const { device = "cpu" } = options;
    const dialect = device === "cpu" ? "cpu" : "gpu";
    const { file, dimensions, graph, folder } = await readTimesFm(weightsFile, config, dialect);
    const work: Work = { runs: "many", folding: holdsHalves(file), ...options, device };
    const { open } = await starting;
    const session = await open(encodeModel(graph), folder, work);
    return { model: new TimesFm(session, dimensions), dimensions };
  } catch (error) {
    await (await starting).close();
    throw error;
  }
}

/**
 * Reads the header of weights and builds their graph.
 *
 * @throws {UserError} exit 4 if the file is broken, or its tensors are not those of a TimesFM 2.5
 */
export async function readTimesFm(
  weightsFile: string,
  config: ModelConfig,
  dialect: Dialect = "cpu",
): Promise<{ file: Safetensors; dimensions: Dimensions; graph: Model; folder: string; name: string }> {
  const file = await readSafetensors(weightsFile);
  const dimensions = dimensionsOf(file, config);
  const { folder, name } = await placeOf(weightsFile);
  return { file, dimensions, graph: buildGraph(dimensions, new Weights(file), name, { dialect }), folder, name };
}

/** Whether weights are widened as they are opened, once and not at every run. */
export function holdsHalves({ tensors }: Safetensors): boolean {
  return [...tensors.values()].some(({ dtype }) => dtype === "F16");
}

/** @throws {UserError} exit 4 if config.json is no JSON or its fields are of another kind */
export function parseConfig({ weightsFile, config }: Pick<FoundModel, "weightsFile" | "config">): ModelConfig {
  if (config === undefined) return {};
  const cannot = (state: string) =>
    new UserError(`Cannot read config.json of model "${weightsFile}": ${state}`, ExitCode.model);
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch {
    throw cannot("it is not JSON");
  }
  const parsed = ModelConfig.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw cannot(`${issue?.path.join(".")}: ${issue?.message}`);
}
