import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { NearestPlane, type Rounded } from "../../src/timesfm/nearest-plane.ts";

const [TO, FROM, SEEN] = [7, 150, 400]; // more inputs than one block
const random = seededRandom(5, 1);
const normal = (count: number) => Float32Array.from({ length: count }, () => standardNormal(random));
const weights = normal(TO * FROM);

/** Inputs that hang together: a few causes, and a little of their own. */
const inputs = (() => {
  const causes = 12;
  const mix = normal(causes * FROM);
  return Array.from({ length: SEEN }, () => {
    const cause = normal(causes);
    const own = normal(FROM);
    return own.map((value, i) => 0.1 * value + cause.reduce((sum, c, k) => sum + c * mix[k * FROM + i]!, 0));
  });
})();
const gram = Float64Array.from({ length: FROM * FROM }, (_, at) =>
  inputs.reduce((sum, x) => sum + x[Math.floor(at / FROM)]! * x[at % FROM]!, 0),
);

/** Mean square of what rounding changes in the outputs. */
function outputError({ bytes, scales }: Rounded): number {
  let sum = 0;
  for (const x of inputs) {
    for (let output = 0; output < TO; output += 1) {
      let change = 0;
      for (let i = 0; i < FROM; i += 1)
        change += x[i]! * (weights[output * FROM + i]! - bytes[i * TO + output]! * scales[output]!);
      sum += change ** 2;
    }
  }
  return sum / (SEEN * TO);
}

describe("NearestPlane", () => {
  let plane: NearestPlane;
  beforeAll(async () => {
    plane = await NearestPlane.open();
  });
  afterAll(() => plane.close());
  const identity = Float64Array.from({ length: FROM * FROM }, (_, at) => Number(at % FROM === Math.floor(at / FROM)));

  it("rounds to the nearest where inputs do not hang together", async () => {
    const { bytes, scales } = await plane.round(weights, identity, [TO, FROM]);
    for (let output = 0; output < TO; output += 1) {
      const row = weights.subarray(output * FROM, (output + 1) * FROM);
      expect(scales[output]!).toBeCloseTo(Math.max(...row.map(Math.abs)) / 127, 7);
      row.forEach((weight, i) => {
        expect(Math.abs(weight - bytes[i * TO + output]! * scales[output]!)).toBeLessThanOrEqual(
          0.5001 * scales[output]!,
        );
      });
    }
  });

  it("changes the outputs far less than that where they do", async () => {
    const nearest = outputError(await plane.round(weights, identity, [TO, FROM]));
    expect(outputError(await plane.round(weights, gram, [TO, FROM]))).toBeLessThan(0.2 * nearest);
  });

  it("keeps outputs without weights, and inputs that were never seen", async () => {
    const { bytes, scales } = await plane.round(new Float32Array(FROM), new Float64Array(FROM * FROM), [1, FROM]);
    expect([...scales]).toEqual([1]);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it("stops when it is told to", async () => {
    const stopped = plane.round(weights, gram, [TO, FROM], AbortSignal.abort(new Error("stopped")));
    await expect(stopped).rejects.toThrow("stopped");
  });
});
