import { float, type Session } from "../../src/onnx/session.ts";
import type { Decoder } from "../../src/timesfm/decode.ts";
import type { Dimensions } from "../../src/timesfm/dimensions.ts";

/** A session of the graph of `buildPass()`, which exported files hold, as one that forecasts with a pass a run. */
export function onePass(session: Session, dimensions: Dimensions): Decoder {
  const { layers, heads, headWidth } = dimensions;
  const caches = Array.from({ length: layers }, (_, i) => [`past_key.${i}`, `past_value.${i}`]).flat();
  return {
    session: {
      run: ({ context, ...feeds }, outputs, signal) => {
        const empty = float(new Float32Array(0), [context!.dims[0]!, heads, 0, headWidth]);
        const past = Object.fromEntries(caches.map((name) => [name, empty]));
        return session.run({ patches: context!, ...feeds, ...past }, outputs, signal);
      },
      close: () => session.close(),
    },
    dimensions,
    passes: 1,
  };
}
