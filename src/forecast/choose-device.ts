import type { Device } from "../onnx/session.ts";
import { forecastDeviation, largest } from "./deviation.ts";
import type { Forecast, Forecaster } from "./forecaster.ts";
import { probeHistories } from "./probe-histories.ts";

/** Devices that may be faster than the CPU, in the order in which they are tried. */
const FASTER: readonly Device[] = ["cuda", "coreml", "dml", "webgpu"];

/** How far answers of two devices may lie apart, in units of the history's largest value. */
const TOLERANCE = 1e-3;

const PROBE = { series: 8, hours: 1024, horizon: 168 };

/** What the choice asks of an open model. */
export type Candidate = Pick<Forecaster, "forecast"> & {
  longestContext(horizon: number): number;
  close(): Promise<void>;
};

/** A device, and why it was or was not taken. */
export type Trial = { device: Device; found: string };

/**
 * Opens a model on the first device that works: it opens there, gives the CPU's answers within a thousandth of the series'
 * scale, and is faster than the CPU. What a driver promises is not taken on trust.
 *
 * @param installed devices that the installed runtime has
 * @param now       a clock in milliseconds
 * @returns the open model, on the CPU where no other device will do, and what was found on each
 * @throws whatever `open("cpu")` throws
 */
export async function openOnBestDevice<Model extends Candidate>(
  open: (device: Device) => Promise<Model>,
  installed: readonly Device[],
  now: () => number,
): Promise<{ model: Model; trials: Trial[] }> {
  const cpu = await open("cpu");
  const expected = await timed(cpu, now);
  const trials: Trial[] = [];
  for (const device of FASTER.filter((device) => installed.includes(device))) {
    const { model, found } = await tried(() => open(device), expected, now);
    trials.push({ device, found });
    if (model === undefined) continue;
    await cpu.close();
    return { model, trials };
  }
  return { model: cpu, trials };
}

type Timed = { milliseconds: number; forecasts: readonly Forecast[] /** of what was forecast */; largest: number };

async function tried<Model extends Candidate>(
  open: () => Promise<Model>,
  expected: Timed,
  now: () => number,
): Promise<{ model?: Model; found: string }> {
  let model: Model | undefined;
  try {
    model = await open();
    const got = await timed(model, now);
    const deviation = Math.max(
      ...expected.forecasts.map((one, i) => forecastDeviation(got.forecasts[i]!, one, expected.largest)),
    );
    const ratio = expected.milliseconds / got.milliseconds;
    if (deviation <= TOLERANCE && ratio > 1) return { model, found: `${ratio.toFixed(1)} × as fast as the CPU` };
    await model.close();
    return deviation <= TOLERANCE
      ? { found: `${(1 / ratio).toFixed(1)} × as slow as the CPU` }
      : { found: `its answers are off by ${deviation.toPrecision(2)} of the series' scale` };
  } catch (error) {
    await model?.close();
    return { found: error instanceof Error ? error.message.split("\n")[0]! : String(error) };
  }
}

/** The second of two runs: the first compiles what the device needs. */
async function timed(model: Candidate, now: () => number): Promise<Timed> {
  const histories = probeHistories(PROBE.series, PROBE.hours);
  const request = { horizon: PROBE.horizon, context: Math.min(PROBE.hours, model.longestContext(PROBE.horizon)) };
  await model.forecast(histories, request);
  const start = now();
  const forecasts = await model.forecast(histories, request);
  return { milliseconds: now() - start, forecasts, largest: Math.max(...histories.map(largest)) };
}
