/**
 * The real 200M shapes with random weights through the product's code: `npm run check:full-size`.
 * Prints load time, time per forecast and peak memory; exits 1 above the memory limit.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModel } from "../src/forecast/open-model.ts";
import { writeFullSizeCheckpoint } from "./full-size-checkpoint.ts";

const PEAK_LIMIT_MB = 1700;
const HORIZON = 168;

const scratch = mkdtempSync(join(tmpdir(), "drp-full-size-"));
let failed = false;
try {
  const path = join(scratch, "model.safetensors");
  const { tensors, bytes } = await writeFullSizeCheckpoint(path);
  console.log(`checkpoint: ${tensors} tensors, ${bytes.toLocaleString("en")} bytes`);
  const start = performance.now();
  const model = await openModel(path, { runs: "once" });
  console.log(`open: ${(performance.now() - start).toFixed(0)} ms`);
  for (const context of [512, 1024]) {
    const history = Float64Array.from(
      { length: context },
      (_, i) => 10 + 5 * Math.sin((2 * Math.PI * i) / 24) + (i % 7),
    );
    const times: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const before = performance.now();
      const [forecast] = await model.forecast([history], { horizon: HORIZON, context });
      times.push(performance.now() - before);
      if (!forecast!.mean.every(Number.isFinite)) throw new Error("the forecast is not finite");
    }
    const shown = times.map((time) => time.toFixed(0)).join(", ");
    console.log(`context ${context}, horizon ${HORIZON}: ${shown} ms per forecast (first run first)`);
  }
  await model.close();
  const status = readFileSync("/proc/self/status", "utf8");
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  console.log(`peak memory: ${peakMb.toFixed(0)} MB, limit ${PEAK_LIMIT_MB} MB`);
  failed = !(peakMb < PEAK_LIMIT_MB);
} finally {
  rmSync(scratch, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
