import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOG } from "../../src/checkpoint/catalog.ts";
import type { Io } from "../../src/cli/io.ts";
import { runModelPull } from "../../src/cli/run-model-pull.ts";
import { file, hubServer, silentAfter } from "../checkpoint/hub-server.ts";
import { CONFIG, CONTENT, ENTRY } from "../checkpoint/pulls.ts";
import { drp, outcomeOf, type Surroundings, scratch } from "./drp.ts";

const [timesfm] = CATALOG;
const MINI = "models/drp-mini/model.safetensors";

/** A folder of pulled models with one of real weights. */
function withPulled(name: string, weights: string | Uint8Array = readFileSync(MINI)): Surroundings {
  const models = scratch();
  mkdirSync(join(models, name));
  writeFileSync(join(models, name, "model.safetensors"), weights);
  return { env: { DRP_MODELS: models } };
}

describe("drp model", () => {
  it("is a group of commands: alone it shows them and exits with 2", async () => {
    const { code, stdout, stderr } = await drp(["model"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    for (const name of ["list", "pull"]) expect(stderr).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect((await drp(["model", "push"])).code).toBe(2);
    expect(await drp(["model", "pull", "--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("HF_TOKEN"),
    });
  });
});

describe("drp model list", () => {
  it("shows what is installed and what can be pulled", async () => {
    const { code, stdout, stderr } = await drp(["model", "list"]);
    expect(code).toBe(0);
    const [head, mini, big] = stdout.split("\n");
    expect(head).toMatch(/^model +parameters +size +licence +context limit +SHA-256 +where$/);
    expect(mini).toMatch(/^drp-mini +2,724,992 +11 MB +Apache-2.0 +16,384 +[0-9a-f]{12}… +in the package$/);
    expect(big).toMatch(/^timesfm-2.5 +231,289,280 +925 MB +Apache-2.0 +16,384 +2f776efe6245… +not installed$/);
    expect(stderr).toBe("\nFetch timesfm-2.5 with: drp model pull timesfm-2.5\n");
  });

  it("prints whole hashes and folders as JSON, read from the files", async () => {
    const surroundings = withPulled("timesfm-2.5");
    const { stdout, stderr } = await drp(["model", "list", "--json"], surroundings);
    const sha256 = createHash("sha256").update(readFileSync(MINI)).digest("hex");
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ name: "drp-mini", origin: "embedded", sha256, bytes: readFileSync(MINI).length }),
      {
        name: "timesfm-2.5",
        origin: "pulled",
        parameters: 2_724_992,
        bytes: readFileSync(MINI).length,
        licence: "Apache-2.0",
        contextLimit: 16_384,
        sha256,
        folder: join(surroundings.env!.DRP_MODELS!, "timesfm-2.5"),
        converted: [],
      },
    ]);
    expect(stderr).toBe(
      "warning: timesfm-2.5 is not what drp model pull installs: its SHA-256 should be " +
        `${timesfm!.weights.sha256}\n`,
    );
  });

  it("shows converted weights below the original, and which cannot be used", async () => {
    const surroundings = withPulled("mine");
    const models = surroundings.env!.DRP_MODELS!;
    await drp(["model", "convert", "mine", "--precision", "int8"], surroundings);
    const stale = join(models, "mine", "model.fp16.safetensors");
    writeFileSync(stale, readFileSync(MINI));
    const { stdout, stderr } = await drp(["model", "list"], surroundings);
    const made = join(models, "mine", "model.int8.safetensors");
    const rows = stdout.split("\n").map((row) => row.split(/ {2,}/));
    expect(rows.slice(3, 5)).toEqual([
      ["", "fp16", "11 MB", stale],
      ["", "int8", "4.3 MB", made],
    ]);
    expect(stderr).toContain(`warning: Cannot use model "mine" as fp16: "${stale}" was not made from`);
    const [, mine] = JSON.parse((await drp(["model", "list", "--json"], surroundings)).stdout);
    expect(mine.converted).toEqual([
      { precision: "fp16", bytes: readFileSync(stale).length, file: stale },
      { precision: "int8", bytes: readFileSync(made).length, file: made },
    ]);
  });

  it("lists a broken model too, and says what is wrong with it", async () => {
    const { code, stdout, stderr } = await drp(["model", "list"], withPulled("mine", "no weights"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mine +– +0\.0 MB +– +– /m);
    expect(stderr).toContain("warning: Cannot read model weights");
  });
});

describe("drp model pull", () => {
  it("refuses a model that it does not know", async () => {
    const { code, stderr } = await drp(["model", "pull", "timesfm-3"]);
    expect(code).toBe(2);
    expect(stderr).toContain('Cannot pull model "timesfm-3": no such model is known\n\nhint: expected timesfm-2.5');
    expect((await drp(["model", "pull"])).code).toBe(2);
  });

  it("refuses other weights than the pinned ones, from a server and by hand", async () => {
    const env = { DRP_MODELS: scratch() };
    const byHand = await drp(["model", "pull", "timesfm-2.5", "--from", MINI], { env });
    expect(byHand.code).toBe(4);
    expect(byHand.stderr).toContain(`Cannot use "${MINI}": it holds 10905200 bytes, expected 925181104`);
    const server = await hubServer([file(CONTENT)], { config: "{}".padEnd(timesfm!.config.bytes) });
    const fetched = await drp(["model", "pull", "timesfm-2.5"], { env: { ...env, HF_ENDPOINT: server.url } });
    expect(fetched.code).toBe(4);
    expect(fetched.stderr).toContain(`the server offers ${CONTENT.length} bytes, expected 925181104`);
    expect(server.asked[0]!.url).toBe(
      "/google/timesfm-2.5-200m-pytorch/resolve/1d952420fba87f3c6dee4f240de0f1a0fbc790e3/model.safetensors",
    );
  });

  it("leaves aside a config that is none of a TimesFM", async () => {
    const config = CONFIG.replace("16384", '"lot"'); // of the same size
    const server = await hubServer([file(CONTENT)], { config });
    const env = { DRP_MODELS: scratch(), HF_ENDPOINT: server.url, HF_HUB_CACHE: scratch() };
    const work = (io: Io) => runModelPull("small", { json: false, quiet: false }, io, [ENTRY]);
    const { code, stderr } = await outcomeOf(work, { env });
    expect(code).toBe(0);
    expect(stderr).toContain("note: the model's config is left aside, it works without: Cannot read config.json");
    expect(stderr).toContain("context_length");
  });

  it("keeps what came at Ctrl-C, says so and exits with 130", async () => {
    const server = await hubServer([silentAfter(5000, CONTENT)], { config: CONFIG });
    const env = { DRP_MODELS: scratch(), HF_ENDPOINT: server.url, HF_HUB_CACHE: scratch() };
    const stop = new AbortController();
    const onStderr = (text: string) => text.includes("pulling small") && stop.abort(); // something came
    const work = (io: Io) => runModelPull("small", { json: false, quiet: false }, io, [ENTRY]);
    const { code, stdout, stderr } = await outcomeOf(work, { env, tty: true, onStderr, signal: stop.signal });
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("interrupted: 5000 of 200000 bytes are kept, drp model pull small goes on from there\n");
    const rest = await hubServer([file(CONTENT)], { config: CONFIG });
    const again = await outcomeOf(work, { env: { ...env, HF_ENDPOINT: rest.url } });
    expect(again.stderr).toContain("Fetched small (0.2 MB, 0.0 MB of it before)");
    expect(rest.asked[0]!.headers.range).toBe("bytes=5000-");
  });

  it("installs, tells what it did, and next time that there is nothing to do", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    const env = { DRP_MODELS: scratch(), HF_ENDPOINT: server.url, HF_HUB_CACHE: scratch() };
    const pull = (json: boolean) =>
      outcomeOf((io) => runModelPull("small", { json, quiet: false }, io, [ENTRY]), { env, tty: true });
    const first = await pull(true);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      name: "small",
      how: "downloaded",
      folder: join(env.DRP_MODELS, "small"),
      revision: ENTRY.revision,
      bytes: CONTENT.length,
      sha256: ENTRY.weights.sha256,
    });
    expect(first.stderr).toMatch(/pulling small █{24} 0 of 0\.2 MB/);
    expect(first.stderr).toContain(`Fetched small (0.2 MB) from ${server.url}/ to ${join(env.DRP_MODELS, "small")}\n`);
    const again = await pull(false);
    expect(again).toMatchObject({ code: 0, stdout: "" });
    expect(again.stderr).toContain(`small is installed and intact in ${join(env.DRP_MODELS, "small")}\n`);
    expect(server.asked).toHaveLength(1);
  });
});

describe("--model", () => {
  it("finds a pulled model by its name", async () => {
    const data = scratch();
    await drp(["generate", "--out", data, "--days", "60"]);
    const surroundings = withPulled("timesfm-2.5");
    copyFileSync("models/drp-mini/config.json", join(surroundings.env!.DRP_MODELS!, "timesfm-2.5", "config.json"));
    const out = scratch();
    const argv = ["forecast", "--data", data, "--out", out, "--model", "timesfm-2.5", "--horizon", "24", "--quiet"];
    expect(await drp(argv, surroundings)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(out, "risk_windows.json"))).toBe(true);
    expect(await drp(argv)).toMatchObject({ code: 4, stderr: expect.stringContaining("drp model pull timesfm-2.5") });
  });
});

describe("drp model verify", () => {
  it("checks every installed model, a line a check", async () => {
    const { code, stdout, stderr } = await drp(["model", "verify"], withPulled("mine"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^ok {6}drp-mini {2}SHA-256: [0-9a-f]{64}$/),
      "ok      drp-mini  tensors: 53 with 2,724,992 parameters, named and shaped as the architecture asks",
      expect.stringMatching(
        /^ok {6}drp-mini {2}golden answers: 4 recorded, largest deviation 0\.\d+ of the tolerance$/,
      ),
      expect.stringMatching(/^– {7}mine {2}SHA-256: [0-9a-f]{64}, with nothing to hold it against$/),
      expect.stringMatching(/^ok {6}mine {2}tensors: /),
      "–       mine  golden answers: none; held instead to what any weights must give",
      expect.stringMatching(
        /^ok {6}mine {2}scale and level: f\(a·x \+ b\) is a·f\(x\) \+ b: largest deviation [\d.e-]+ of/,
      ),
      expect.stringMatching(/^ok {6}mine {2}constant series: /),
      expect.stringMatching(/^ok {6}mine {2}batches: /),
    ]);
  });

  it("exits with 4 where a check fails, and says which", async () => {
    const surroundings = withPulled("timesfm-2.5"); // not Google's weights
    const { code, stdout, stderr } = await drp(["model", "verify", "timesfm-2.5"], surroundings);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^FAILED {2}timesfm-2.5 {2}SHA-256: [0-9a-f]{64}, expected 2f776efe6245/m);
    expect(stderr).toBe("\n1 check failed\n");
    const json = await drp(["model", "verify", "timesfm-2.5", "--json"], surroundings);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toEqual([
      {
        name: "timesfm-2.5",
        folder: join(surroundings.env!.DRP_MODELS!, "timesfm-2.5"),
        device: "cpu",
        precision: "fp32",
        ok: false,
        checks: expect.arrayContaining([expect.objectContaining({ name: "SHA-256", state: "failed" })]),
      },
    ]);
  });

  it("refuses a model that is not there and a device that is none", async () => {
    const missing = await drp(["model", "verify", "timesfm-2.5"]);
    expect(missing).toMatchObject({ code: 4, stderr: expect.stringContaining("drp model pull timesfm-2.5") });
    expect((await drp(["model", "verify", "--device", "abacus"])).code).toBe(2);
    const int8 = await drp(["model", "verify", "--precision", "int8", "--device", "webgpu"]);
    expect(int8).toMatchObject({ code: 2, stderr: expect.stringContaining("they are made for the CPU") });
  });

  it("checks every model that is converted, in that precision", async () => {
    const surroundings = withPulled("mine");
    const verify = () => drp(["model", "verify", "--precision", "fp16"], surroundings);
    const none = await verify();
    expect(none).toMatchObject({ code: 4, stderr: expect.stringContaining("no installed model has any") });
    await drp(["model", "convert", "mine", "--precision", "fp16"], surroundings);
    const { code, stdout } = await verify();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {6}mine fp16 {2}conversion: /m);
    expect(stdout).not.toContain("drp-mini");
  });
});
