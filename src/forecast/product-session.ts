import type { FoundModel } from "../checkpoint/find-model.ts";
import { encodeModel } from "../onnx/model-proto.ts";
import { type Device, float, openSession } from "../onnx/session.ts";
import { Weights } from "../onnx/weights.ts";
import { parseConfig } from "../timesfm/model-config.ts";
import { buildProducts } from "../timesfm/products.ts";
import { holdsHalves, readTimesFm } from "./open-timesfm.ts";

/** The matrix products of a model's forecasts without the rest of them, on the same weights and device. */
export type ProductSession = {
  /**
   * Runs the products of one forecast: those of the context, then of each decode step.
   *
   * @returns milliseconds they took
   */
  run(batch: number, context: number, horizon: number): Promise<number>;
  close(): Promise<void>;
};

/**
 * @param now a clock in milliseconds
 * @throws {UserError} exit 4 if the weights are broken, a matrix is not that of a TimesFM 2.5, or the device is not to be had
 */
export async function openProducts(
  found: FoundModel,
  options: { device: Device; threads?: number },
  now: () => number,
): Promise<ProductSession> {
  const { file, dimensions, folder, name } = await readTimesFm(found.weightsFile, parseConfig(found));
  const model = buildProducts(dimensions, new Weights(file), name);
  const session = await openSession(encodeModel(model), folder, {
    ...options,
    runs: "many",
    folding: holdsHalves(file),
  });
  const { inputPatch, outputPatch, heads } = dimensions;
  const feedsOf = (batch: number, patches: number, keys: number, quantile: number) => {
    const sizes: Record<string, number> = {
      body: batch * patches,
      point: batch,
      quantile,
      pairs: batch * heads,
      patches,
      keys,
    };
    return Object.fromEntries(
      model.graph.inputs.map(({ name: port, shape }) => {
        const dims = shape!.map((size) => (typeof size === "string" ? sizes[size]! : size)); // every input has a shape
        const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
        return [port, float(values, dims)];
      }),
    );
  };
  return {
    run: async (batch, context, horizon) => {
      const [known, added] = [Math.ceil(context / inputPatch), outputPatch / inputPatch];
      const runs = [feedsOf(batch, known, known, batch)];
      for (let step = 1; step <= Math.floor((horizon - 1) / outputPatch); step += 1)
        runs.push(feedsOf(batch, added, known + step * added, 0));
      const start = now();
      for (const feeds of runs) await session.run(feeds, ["done"]);
      return now() - start;
    },
    close: () => session.close(),
  };
}
