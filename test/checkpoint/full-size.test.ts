import { createReadStream, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { writeFullSizeCheckpoint } from "../../bench/full-size-checkpoint.ts";
import { CATALOG } from "../../src/checkpoint/catalog.ts";
import { sha256Of } from "../../src/checkpoint/find-model.ts";
import { openModel } from "../../src/forecast/open-model.ts";
import { probeHistories } from "../../src/forecast/probe-histories.ts";
import { scratch } from "../cli/drp.ts";
import { hubServer, type Reply } from "./hub-server.ts";
import { pull } from "./pulls.ts";

const folder = scratch();
const source = join(folder, "model.safetensors");
afterAll(() => rmSync(folder, { recursive: true }));

const { bavail, bsize } = statfsSync(folder);
const ROOM = 3e9;

/** Sends the file from where it is asked for, and cuts the connection after some bytes. */
function sendAfter(bytes: number, size: number): Reply {
  return ({ headers }, response) => {
    const [, asked] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
    const start = Number(asked ?? 0);
    response.writeHead(asked === undefined ? 200 : 206, {
      etag: '"random-weights"',
      "content-length": size - start,
      ...(asked === undefined ? {} : { "content-range": `bytes ${start}-${size - 1}/${size}` }),
    });
    const stream = createReadStream(source, { start, end: Math.min(size, start + bytes) - 1, highWaterMark: 1 << 20 });
    stream.on("end", () => (start + bytes < size ? response.socket?.destroy() : response.end()));
    stream.pipe(response, { end: false });
  };
}

it.skipIf(bavail * bsize < ROOM)(
  "a model of the 200M shapes is pulled with a cut on the way, opened and asked (skipped where 3 GB of disk are not free)",
  async () => {
    const { bytes } = await writeFullSizeCheckpoint(source);
    const known = CATALOG.find(({ name }) => name === "timesfm-2.5")!;
    expect(bytes).toBe(known.weights.bytes);
    const entry = { ...known, weights: { ...known.weights, sha256: await sha256Of(source) } };
    const server = await hubServer([sendAfter(3e8, bytes), sendAfter(Infinity, bytes)]);
    const models = join(folder, "models");
    const { pulled, notes } = await pull({ HF_ENDPOINT: server.url }, { entry, models });
    expect(pulled).toEqual({ folder: join(models, "timesfm-2.5"), how: "downloaded" });
    expect(notes[0]).toContain("the connection was cut");
    expect(server.asked.map(({ headers }) => headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d{8,9}-$/),
    ]);
    expect(server.asked[1]!.headers["if-range"]).toBe('"random-weights"');
    rmSync(source);

    const model = await openModel("timesfm-2.5", { runs: "once", modelsFolder: dirname(pulled!.folder) });
    expect([model.dimensions.layers, model.dimensions.width, model.longestContext(168)]).toEqual([20, 1280, 16_128]);
    const [forecast] = await model.forecast(probeHistories(1, 512), { horizon: 168, context: 512 });
    expect(forecast!.mean).toHaveLength(168);
    expect(forecast!.quantiles.every(Number.isFinite)).toBe(true);
    await model.close();
  },
);
