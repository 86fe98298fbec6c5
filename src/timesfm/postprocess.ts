/**
 * What ForecastConfig asks for after decoding. Arrays are [rows, channels], row-major: mean, then levels ascending.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_torch.py, compile().
 * @module
 */

import type { Decoded } from "./decode.ts";
import type { Dimensions } from "./dimensions.ts";

type Channels = Pick<Dimensions, "levels" | "decodeChannel">;

/** (f(x) − flip(f(−x))) / 2, where flip keeps the mean and reverses the quantiles. */
export function flipAverage(plain: Decoded, mirrored: Decoded, { levels }: Channels): Decoded {
  const channels = levels.length + 1;
  const average = (values: Float64Array, others: Float64Array) =>
    values.map((value, i) => {
      const channel = i % channels;
      const partner = channel === 0 ? i : i - channel + channels - channel;
      return (value - others[partner]!) / 2;
    });
  return {
    backcast: average(plain.backcast, mirrored.backcast),
    forecast: average(plain.forecast, mirrored.forecast),
    spread: average(plain.spread, mirrored.spread),
  };
}

/** Moves every quantile but the median to where the continuous head sees it from the median. Changes `forecast`. */
export function applySpread({ forecast: out, spread }: Decoded, { levels, decodeChannel }: Channels): void {
  const channels = levels.length + 1;
  const end = Math.min(out.length, spread.length);
  for (let row = 0; row < end; row += channels) {
    const shift = out[row + decodeChannel]! - spread[row + decodeChannel]!;
    for (let channel = 1; channel < channels; channel += 1) {
      if (channel !== decodeChannel) out[row + channel] = spread[row + channel]! + shift;
    }
  }
}

/** Makes quantiles ascend: running minima from the median down, running maxima from it up. Changes `out`. */
export function fixCrossing(out: Float64Array, { levels, decodeChannel }: Channels): void {
  const channels = levels.length + 1;
  for (let row = 0; row < out.length; row += channels) {
    for (let channel = decodeChannel - 1; channel >= 1; channel -= 1) {
      out[row + channel] = Math.min(out[row + channel]!, out[row + channel + 1]!);
    }
    for (let channel = decodeChannel + 1; channel < channels; channel += 1) {
      out[row + channel] = Math.max(out[row + channel]!, out[row + channel - 1]!);
    }
  }
}
