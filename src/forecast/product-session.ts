import type { FoundModel } from "../checkpoint/find-model.ts";
import { encodeModel } from "../onnx/model-proto.ts";
import { type Device, float, openSession } from "../onnx/session.ts";
import { Weights } from "../onnx/weights.ts";
import { buildProducts } from "../timesfm/products.ts";
import { holdsHalves, parseConfig, readTimesFm } from "./open-timesfm.ts";

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
 * @throws {UserError} as `openModel()`
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
  const { inputPatch, outputPatch } = dimensions;
  const feedsOf = (body: number, point: number, quantile: number) =>
    Object.fromEntries(
      model.graph.inputs.map((port) => {
        const rows = port.name.startsWith("body") ? body : port.name.startsWith("point") ? point : quantile;
        const shape = [rows, Number(port.shape![1])];
        const values = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(i));
        return [port.name, float(values, shape)];
      }),
    );
  return {
    run: async (batch, context, horizon) => {
      const steps = Math.floor((horizon - 1) / outputPatch);
      const first = feedsOf((batch * context) / inputPatch, batch, batch);
      const step = feedsOf((batch * outputPatch) / inputPatch, batch, 0);
      const start = now();
      await session.run(first, ["done"]);
      for (let i = 0; i < steps; i += 1) await session.run(step, ["done"]);
      return now() - start;
    },
    close: () => session.close(),
  };
}
