import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubOf } from "../../src/checkpoint/hub.ts";
import { hubCachePath } from "../../src/checkpoint/local-copy.ts";
import { UserError } from "../../src/errors.ts";
import { scratch } from "../cli/drp.ts";
import { cutAfter, endAfter, file, hubServer, PEM, type Reply, redirect, silentAfter, status } from "./hub-server.ts";
import { CONFIG, CONTENT, ENTRY, PATIENCE, pull, type Tried } from "./pulls.ts";

const wrong = Buffer.from(CONTENT).fill(7, 100, 200);

async function pullFrom(replies: readonly Reply[], changes: Parameters<typeof pull>[1] = {}, env = {}) {
  const server = await hubServer(replies, { config: CONFIG });
  return { ...(await pull({ HF_ENDPOINT: server.url, ...env }, changes)), asked: server.asked };
}

/** The file is whole and alone with its config. */
function expectInstalled({ pulled, words, weights }: Tried, how = "downloaded"): void {
  expect(words).toBe("");
  expect(pulled).toMatchObject({ how });
  expect(readFileSync(weights).equals(CONTENT)).toBe(true);
  expect(readdirSync(dirname(weights)).filter((name) => name !== "config.json")).toEqual(["model.safetensors"]);
}

describe("pullModel()", () => {
  it("fetches config and weights at the pinned revision", async () => {
    const tried = await pullFrom([file(CONTENT)]);
    expectInstalled(tried);
    expect(tried.asked.map(({ url }) => url)).toEqual([
      "/owner/small-pytorch/resolve/0123456789abcdef/model.safetensors",
    ]);
    expect(readFileSync(join(tried.models, "small", "config.json"), "utf8")).toBe(CONFIG);
  });

  it("keeps the path of a mirror", async () => {
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    expectInstalled(await pull({ HF_ENDPOINT: `${server.url}/mirror/hf` }));
    expect(server.asked[0]!.url).toBe("/mirror/hf/owner/small-pytorch/resolve/0123456789abcdef/model.safetensors");
  });

  it("does not ask the network for what is installed and intact", async () => {
    const first = await pullFrom([file(CONTENT)]);
    const again = await pull({ HF_ENDPOINT: "http://127.0.0.1:1" }, { models: first.models });
    expect(again.pulled).toEqual({ folder: join(first.models, "small"), how: "present" });
  });

  it("replaces what is installed and damaged", async () => {
    const first = await pullFrom([file(CONTENT)]);
    writeFileSync(first.weights, wrong);
    const again = await pullFrom([file(CONTENT)], { models: first.models });
    expectInstalled(again);
    expect(again.notes).toEqual([`"${first.weights}" is damaged and is replaced`]);
  });

  it("tells how far it is", async () => {
    const seen: number[] = [];
    await pullFrom([file(CONTENT)], { onProgress: (done) => seen.push(done) });
    expect(seen.at(-1)).toBe(CONTENT.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it.each([
    ["is none", "x".repeat(CONFIG.length), "Cannot read config.json"],
    ["is another", `${CONFIG} `, `the server offers ${CONFIG.length + 1} bytes, expected ${CONFIG.length}`],
    ["is not there", undefined, "the server answers with status 404"],
  ])("leaves aside a config that %s: the weights work without", async (_, config, words) => {
    const server = await hubServer([file(CONTENT)], config === undefined ? {} : { config });
    const refuse = () => {
      throw new UserError("Cannot read config.json", 4);
    };
    const tried = await pull({ HF_ENDPOINT: server.url }, { checkConfig: refuse });
    expectInstalled(tried);
    expect(readdirSync(join(tried.models, "small"))).toEqual(["model.safetensors"]);
    expect(tried.notes).toEqual([expect.stringContaining("the model's config is left aside, it works without: ")]);
    expect(tried.notes[0]).toContain(words);
  });
});

describe("pullModel(), when the network fails", () => {
  it("goes on with the range that it lacks", async () => {
    const tried = await pullFrom([endAfter(70_000, CONTENT, '"v1"'), file(CONTENT, '"v1"')]);
    expectInstalled(tried);
    const [first, second] = tried.asked;
    expect(first!.headers).not.toHaveProperty("range");
    expect(second!.headers).toMatchObject({ range: "bytes=70000-", "if-range": '"v1"' });
    expect(tried.notes).toEqual([`the connection ended after 70000 of ${CONTENT.length} bytes; trying again in 1 s`]);
  });

  it("goes on after a cut", async () => {
    const tried = await pullFrom([cutAfter(70_000, CONTENT), file(CONTENT)]);
    expectInstalled(tried);
    expect(tried.asked).toHaveLength(2);
    expect(tried.notes).toEqual(["the connection was cut; trying again in 1 s"]);
  });

  it("goes on without a validator, and with none that is weak", async () => {
    for (const etag of [undefined, 'W/"v1"']) {
      const tried = await pullFrom([endAfter(70_000, CONTENT, etag), file(CONTENT, etag)]);
      expectInstalled(tried);
      expect(tried.asked[1]!.headers).toHaveProperty("range");
      expect(tried.asked[1]!.headers).not.toHaveProperty("if-range");
    }
  });

  it("does not give up while something new comes", async () => {
    const tried = await pullFrom([endAfter(30_000, CONTENT, '"v1"')], { patience: { ...PATIENCE, tries: 1 } });
    expectInstalled(tried);
    expect(tried.asked).toHaveLength(7);
  });

  it("starts over where the file has changed between two tries", async () => {
    const tried = await pullFrom([endAfter(70_000, wrong, '"v1"'), file(CONTENT, '"v2"')]);
    expectInstalled(tried);
    expect(tried.asked[1]!.headers["if-range"]).toBe('"v1"');
  });

  it("starts over where a server sends a range of a changed file all the same", async () => {
    const careless: Reply = (request, response) => {
      delete request.headers["if-range"];
      file(CONTENT, '"v2"')(request, response);
    };
    const tried = await pullFrom([endAfter(70_000, wrong, '"v1"'), careless]);
    expectInstalled(tried);
    expect(tried.notes).toContain("the file changed on its server; trying again in 1 s");
  });

  it("starts over where a server knows no ranges", async () => {
    const plain: Reply = (_, response) => response.writeHead(200, { "content-length": CONTENT.length }).end(CONTENT);
    expectInstalled(await pullFrom([endAfter(70_000, CONTENT), plain]));
  });

  it("gives up where a server knows no ranges and is cut each time", async () => {
    const plain: Reply = (request, response) => {
      delete request.headers.range;
      endAfter(70_000, CONTENT)(request, response);
    };
    const tried = await pullFrom([plain]);
    expect(tried.words).toContain("the connection ended after 70000");
    expect(tried.asked).toHaveLength(1 + PATIENCE.tries);
  });

  it.each([
    ["another start", { "content-range": `bytes 0-${CONTENT.length - 1}/${CONTENT.length}` }],
    ["another size", { "content-range": "bytes 70000-199999/300000" }],
    ["no range", {}],
    ["no sense", { "content-range": "lines 3-4" }],
  ])("takes nothing of a 206 with %s", async (_, headers) => {
    const tried = await pullFrom([
      endAfter(70_000, CONTENT),
      status(206, headers as Record<string, string>),
      file(CONTENT),
    ]);
    expectInstalled(tried);
    expect(tried.notes).toContain("the server sent another range than was asked for; trying again in 1 s");
    expect(tried.asked[2]!.headers).not.toHaveProperty("range");
  });

  it("starts over after a 416", async () => {
    const tried = await pullFrom([endAfter(70_000, CONTENT), status(416), file(CONTENT)]);
    expectInstalled(tried);
    expect(tried.asked[2]!.headers).not.toHaveProperty("range");
  });

  it("goes on after a silence", async () => {
    const tried = await pullFrom([silentAfter(50_000, CONTENT), file(CONTENT)], {
      patience: { ...PATIENCE, idleMs: 100 },
    });
    expectInstalled(tried);
    expect(tried.notes).toEqual(["the server was silent for 0.1 s; trying again in 1 s"]);
    expect(tried.asked[1]!.headers.range).toBe("bytes=50000-");
  });

  it.each([429, 500, 502, 503, 504])("tries again after %s", async (code) => {
    const tried = await pullFrom([status(code), file(CONTENT)]);
    expectInstalled(tried);
    expect(tried.notes).toEqual([`the server answers with status ${code}; trying again in 1 s`]);
  });

  it("waits as long as the server asks, by seconds or by its own clock", async () => {
    const date = "Thu, 01 Jan 2026 00:00:00 GMT";
    for (const headers of [{ "retry-after": "0" }, { "retry-after": date, date }]) {
      const tried = await pullFrom([status(503, headers), file(CONTENT)]);
      expectInstalled(tried);
      expect(tried.notes).toEqual(["the server answers with status 503; trying again in 0 s"]);
    }
    const late = { "retry-after": "Thu, 01 Jan 2026 01:00:00 GMT", date };
    const { words } = await pullFrom([status(429, late)]);
    expect(words).toContain("status 429 and asks to wait for 3600 s");
  });

  it("gives up after so many tries in vain, and says what is kept", async () => {
    const tried = await pullFrom([endAfter(70_000, CONTENT), status(500)]);
    expect(tried.asked).toHaveLength(1 + PATIENCE.tries);
    expect(tried.words).toMatch(
      /^Cannot fetch "http:\/\/127.*model.safetensors": the server answers with status 500\nhint: 70000 bytes are kept/,
    );
    expect(tried.error).toMatchObject({ exitCode: 4 });
    expect(readdirSync(dirname(tried.weights)).sort()).toEqual(["model.safetensors.part"]);
    const again = await pullFrom([file(CONTENT)], { models: tried.models });
    expectInstalled(again);
    expect(again.asked[0]!.headers.range).toBe("bytes=70000-");
  });

  it("gives up at once where nobody listens", async () => {
    const tried = await pull({ HF_ENDPOINT: "http://127.0.0.1:1" });
    expect(tried.words).toMatch(/Cannot fetch .* ECONNREFUSED 127.0.0.1:1\nhint: check the network/);
    expect(tried.notes).toEqual([]);
  });

  it.each([
    [401, "HF_TOKEN"],
    [403, "HF_TOKEN"],
    [404, "HF_ENDPOINT"],
    [410, "status 410"],
  ])("does not try again after %s", async (code, hint) => {
    const tried = await pullFrom([status(code)]);
    expect(tried.words).toContain(`the server answers with status ${code}`);
    expect(tried.words).toContain(hint);
    expect(tried.error).toMatchObject({ exitCode: 4 });
    expect(tried.asked).toHaveLength(1);
    expect(existsSync(tried.part)).toBe(false);
  });

  it("refuses another length before it reads on", async () => {
    const tried = await pullFrom([file(Buffer.from("<html>please log in</html>"))]);
    expect(tried.words).toContain(`the server offers 26 bytes, expected ${CONTENT.length}`);
    expect(tried.asked).toHaveLength(1);
  });

  it("refuses a web page, and keeps what came before it", async () => {
    const page: Reply = (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in");
    const tried = await pullFrom([endAfter(70_000, CONTENT), page]);
    expect(tried.words).toContain("the server sends a web page in its place");
    expect(statSync(tried.part).size).toBe(70_000);
  });

  it("refuses more than it expects where the server told no length", async () => {
    const tried = await pullFrom([(_, response) => response.writeHead(200).end(Buffer.concat([CONTENT, CONTENT]))]);
    expect(tried.words).toContain(`the server sends more than the ${CONTENT.length} bytes expected`);
    expect(existsSync(tried.part)).toBe(false);
  });

  it("refuses wrong bytes, says what it got, and keeps nothing of them", async () => {
    const tried = await pullFrom([file(wrong, '"v1"')]);
    expect(tried.words).toMatch(new RegExp(`its SHA-256 is [0-9a-f]{64}, expected ${ENTRY.weights.sha256}`));
    expect(tried.error).toMatchObject({ exitCode: 4 });
    expect(readdirSync(dirname(tried.weights))).toEqual([]);
  });

  it("refuses wrong bytes that an earlier try has left", async () => {
    const models = scratch();
    mkdirSync(join(models, "small"));
    writeFileSync(join(models, "small", "model.safetensors.part"), wrong.subarray(0, 1000));
    const tried = await pullFrom([file(CONTENT)], { models });
    expect(tried.words).toContain("its SHA-256 is");
    expectInstalled(await pullFrom([file(CONTENT)], { models }));
  });
});

describe("pullModel(), redirected", () => {
  const token = { HF_TOKEN: "hf_secret" };

  it("sends the token to the endpoint, also after a redirect within it", async () => {
    const tried = await pullFrom([redirect("/elsewhere"), file(CONTENT)], {}, token);
    expectInstalled(tried);
    expect(tried.asked.map(({ url }) => url)[1]).toBe("/elsewhere");
    for (const { headers } of tried.asked) expect(headers.authorization).toBe("Bearer hf_secret");
  });

  it("drops the token on the way to another host, and resumes there", async () => {
    const store = await hubServer([endAfter(70_000, CONTENT, '"v1"'), file(CONTENT, '"v1"')]);
    const tried = await pullFrom([redirect(`${store.url}/blob?signature=s3cr3t`)], {}, token);
    expectInstalled(tried);
    expect(tried.asked).toHaveLength(2);
    for (const { headers } of tried.asked) expect(headers.authorization).toBe("Bearer hf_secret");
    expect(store.asked).toHaveLength(2);
    for (const { headers } of store.asked) expect(headers).not.toHaveProperty("authorization");
    expect(store.asked[1]!.headers).toMatchObject({ "if-range": '"v1"', range: "bytes=70000-" });
  });

  it("tells neither token nor signature where it fails", async () => {
    const store = await hubServer([status(403)]);
    const tried = await pullFrom([redirect(`${store.url}/blob?signature=s3cr3t`)], {}, token);
    expect(tried.words).toContain("status 403");
    expect(tried.words + tried.notes.join()).not.toMatch(/hf_secret|s3cr3t/);
  });

  it("does not go round in circles", async () => {
    const tried = await pullFrom([redirect("/again")]);
    expect(tried.words).toContain("redirects more than 10 times");
    expect(tried.asked).toHaveLength(11);
  });

  it.each([
    ["file:///etc/passwd", "redirects from http: to file:"],
    ["http://", "redirects to no address"],
  ])("does not follow to %s", async (to, words) => {
    expect((await pullFrom([redirect(to)])).words).toContain(words);
  });

  it("does not follow from https to http", async () => {
    const open = await hubServer([file(CONTENT)]);
    const server = await hubServer([redirect(open.url)], { config: CONFIG, pem: PEM });
    const { words } = await pull({}, { hub: { ...hubOf({ HF_ENDPOINT: server.url }), authorities: PEM } });
    expect(words).toContain("the server redirects from https: to http:");
    expect(open.asked).toEqual([]);
  });

  it("does not follow to nowhere", async () => {
    expect((await pullFrom([status(302)])).words).toContain("redirects to no address");
  });
});

describe("pullModel(), stopped", () => {
  it("keeps what came, and goes on from there", async () => {
    const stop = new AbortController();
    const onProgress = (done: number) => {
      if (done > 40_000) stop.abort();
    };
    const tried = await pullFrom([silentAfter(50_000, CONTENT)], { signal: stop.signal, onProgress });
    expect(tried.error).toMatchObject({ name: "AbortError" });
    const { size } = statSync(tried.part);
    expect(size).toBeGreaterThan(40_000);
    const again = await pullFrom([file(CONTENT)], { models: tried.models });
    expectInstalled(again);
    expect(again.asked[0]!.headers.range).toBe(`bytes=${size}-`);
  });

  it("remembers the validator for the next time", async () => {
    const stop = new AbortController();
    const onProgress = (done: number) => done === CONTENT.length || (done > 100 && stop.abort());
    const first = await pullFrom([endAfter(60_000, CONTENT, '"v1"')], { signal: stop.signal, onProgress });
    const again = await pullFrom([file(CONTENT, '"v1"')], { models: first.models });
    expectInstalled(again);
    expect(again.asked[0]!.headers["if-range"]).toBe('"v1"');
  });

  it("stops while it waits for the next try", async () => {
    const stop = new AbortController();
    const patience = { ...PATIENCE, waitMs: 1e6, mostMs: 1e7 };
    const busy: Reply = (request, response) => {
      status(500)(request, response);
      setTimeout(() => stop.abort(), 50);
    };
    expect((await pullFrom([busy], { signal: stop.signal, patience })).error).toMatchObject({ name: "AbortError" });
  });
});

describe("pullModel(), beside another pull", () => {
  const locked = (text: string) => {
    const models = scratch();
    mkdirSync(join(models, "small"));
    writeFileSync(join(models, "small", ".pulling"), text);
    return models;
  };

  it("lets one of two at the same time do the work", async () => {
    const models = scratch();
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    const both = await Promise.all([1, 2].map(() => pull({ HF_ENDPOINT: server.url }, { models })));
    const winners = both.filter(({ pulled }) => pulled !== undefined);
    expect(winners).toHaveLength(1);
    expectInstalled(winners[0]!);
    const loser = both.find(({ pulled }) => pulled === undefined)!;
    expect(loser.words).toContain(`Cannot pull: process 1 on "${hostname()}" is pulling the same model`);
    expect(loser.error).toMatchObject({ exitCode: 4 });
  });

  it("does not wait for a process that is gone", async () => {
    const puller = { pid: 1, isRunning: (pid: number) => pid !== 4711 };
    expectInstalled(await pullFrom([file(CONTENT)], { models: locked(`4711 ${hostname()}\n`), puller }));
  });

  it("leaves it to the one of several that comes first to take the place of one that is gone", async () => {
    const models = locked(`4711 ${hostname()}\n`);
    const puller = { pid: 1, isRunning: (pid: number) => pid !== 4711 };
    const server = await hubServer([file(CONTENT)], { config: CONFIG });
    const all = await Promise.all([1, 2, 3].map(() => pull({ HF_ENDPOINT: server.url }, { models, puller })));
    const winners = all.filter(({ pulled }) => pulled !== undefined);
    expect(winners).toHaveLength(1);
    expectInstalled(winners[0]!);
  });

  it("does not take the place of one that has just taken it", async () => {
    const models = locked(`4711 ${hostname()}\n`);
    const lock = join(models, "small", ".pulling");
    const isRunning = () => {
      writeFileSync(lock, `4712 ${hostname()}\n`);
      return false;
    };
    const tried = await pullFrom([file(CONTENT)], { models, puller: { pid: 1, isRunning } });
    expect(tried.words).toContain(`process 4712 on "${hostname()}" is pulling the same model`);
    expect(readdirSync(join(models, "small"))).toEqual([".pulling"]);
  });

  it("cannot know of a process on another machine, and says which file to delete", async () => {
    const models = locked("4711 elsewhere\n");
    const { words } = await pullFrom([file(CONTENT)], { models, puller: { pid: 1, isRunning: () => false } });
    expect(words).toContain('process 4711 on "elsewhere" is pulling the same model');
    expect(words).toContain(`delete ${join(models, "small", ".pulling")}`);
  });
});

describe("pullModel(), on a small disk", () => {
  it("asks for no more than it lacks, before it fetches", async () => {
    const freeBytes = async () => 100_000;
    const tried = await pullFrom([file(CONTENT)], { freeBytes });
    expect(tried.words).toContain(`100000 bytes are free on its disk, expected ${CONTENT.length}`);
    expect(tried.error).toMatchObject({ exitCode: 5 });
    expect(tried.asked).toEqual([]);
    writeFileSync(tried.part, CONTENT.subarray(0, 150_000));
    expectInstalled(await pullFrom([file(CONTENT)], { freeBytes, models: tried.models }));
  });

  it("names a folder that cannot be made", async () => {
    const models = join(scratch(), "file");
    writeFileSync(models, "");
    const { words, error } = await pullFrom([file(CONTENT)], { models });
    expect(words).toContain(`Cannot write "${join(models, "small")}": a part of the path is a file, not a folder`);
    expect(error).toMatchObject({ exitCode: 5 });
  });

  it.runIf(existsSync("/proc/self"))("gives up below a folder that takes no other", async () => {
    const { words, error } = await pullFrom([file(CONTENT)], { models: "/proc/models" });
    expect(words).toContain('Cannot write "/proc/models/small"');
    expect(error).toMatchObject({ exitCode: 5 });
  });
});

describe("pullModel(), with a copy in Hugging Face's cache", () => {
  /** As the Hugging Face libraries lay it out: snapshots of links to blobs. */
  function cacheOf(content: Buffer): { hubCache: string; blob: string } {
    const hubCache = scratch();
    const path = hubCachePath(ENTRY.weights, ENTRY, hubCache);
    const blob = join(hubCache, "models--owner--small-pytorch", "blobs", "b10b");
    for (const folder of [dirname(path), dirname(blob)]) mkdirSync(folder, { recursive: true });
    writeFileSync(blob, content);
    symlinkSync("../../blobs/b10b", path);
    writeFileSync(join(dirname(path), "config.json"), CONFIG);
    return { hubCache, blob };
  }

  it("links it, and asks the network for nothing", async () => {
    const { hubCache, blob } = cacheOf(CONTENT);
    const tried = await pullFrom([status(500)], { hubCache });
    expectInstalled(tried, "linked");
    expect(statSync(tried.weights).ino).toBe(statSync(blob).ino);
    expect(tried.asked).toEqual([]);
    expect(readFileSync(join(tried.models, "small", "config.json"), "utf8")).toBe(CONFIG);
  });

  it("fetches where the copy is another file, and leaves that alone", async () => {
    for (const content of [wrong, CONTENT.subarray(0, 10)]) {
      const { hubCache, blob } = cacheOf(content);
      const tried = await pullFrom([file(CONTENT)], { hubCache });
      expectInstalled(tried);
      expect(tried.notes[0]).toContain("the copy in Hugging Face's cache is left aside");
      expect(readFileSync(blob).equals(content)).toBe(true);
    }
  });
});

describe("pullModel(), with a file brought by hand", () => {
  const brought = (content: Buffer | undefined, config?: string) => {
    const folder = scratch();
    if (content !== undefined) writeFileSync(join(folder, "mine"), content);
    if (config !== undefined) writeFileSync(join(folder, "config.json"), config);
    return join(folder, "mine");
  };

  it("copies it, its config too, and asks the network for nothing", async () => {
    for (const config of [CONFIG, undefined]) {
      const tried = await pullFrom([status(500)], { from: brought(CONTENT, config) });
      expectInstalled(tried, "copied");
      expect(tried.asked).toEqual([]);
      expect(existsSync(join(tried.models, "small", "config.json"))).toBe(config !== undefined);
    }
  });

  it("leaves aside a config that is not the model's", async () => {
    const tried = await pullFrom([status(500)], { from: brought(CONTENT, '{"hidden_size": 4096, "for": "another"}') });
    expectInstalled(tried, "copied");
    expect(tried.notes[0]).toContain("the model's config is left aside, it works without");
    expect(existsSync(join(tried.models, "small", "config.json"))).toBe(false);
  });

  it.each([
    ["no file", undefined, "there is no such file"],
    ["a short file", CONTENT.subarray(1), `it holds ${CONTENT.length - 1} bytes, expected ${CONTENT.length}`],
    ["another file", wrong, `expected ${ENTRY.weights.sha256}`],
  ])("refuses %s and leaves nothing", async (_, content, words) => {
    const tried = await pullFrom([status(500)], { from: brought(content) });
    expect(tried.words).toContain(words);
    expect(tried.error).toMatchObject({ exitCode: 4 });
    expect(readdirSync(dirname(tried.weights))).toEqual([]);
  });

  it("refuses a folder", async () => {
    expect((await pullFrom([status(500)], { from: scratch() })).words).toContain("it is not a file");
  });

  it("keeps what a download has left", async () => {
    const first = await pullFrom([endAfter(70_000, CONTENT), status(500)]);
    await pullFrom([status(500)], { models: first.models, from: brought(wrong) });
    expect(statSync(first.part).size).toBeGreaterThan(0);
  });
});
