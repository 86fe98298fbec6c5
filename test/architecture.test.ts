import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = resolve(dirname(fileURLToPath(import.meta.url)), "../src");

/** Which folders of src/ a folder may import. `errors.ts` is open to all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  calendar: [],
  chance: [],
  naming: [],
  algebra: [],
  threads: [],
  onnx: ["threads"],
  files: [],
  checkpoint: ["files"],
  events: ["calendar"],
  synthetic: ["calendar", "chance", "events"],
  load: ["calendar", "events", "naming", "change", "files"],
  series: ["calendar", "events"],
  git: ["calendar", "change", "naming"],
  timesfm: ["algebra", "chance", "onnx"],
  forecast: ["calendar", "timesfm", "onnx", "checkpoint", "naming"],
  risk: ["calendar", "events", "series", "forecast"],
  windows: ["calendar", "events", "risk"],
  impact: ["calendar", "events", "series", "risk", "windows"],
  backtest: ["calendar", "events", "series", "forecast", "risk", "windows", "threads", "naming"],
  change: ["algebra", "calendar", "chance", "events", "series", "onnx", "backtest", "threads"],
  render: ["calendar", "series", "risk", "windows", "impact", "naming"],
  emit: ["calendar", "series", "risk", "windows", "files"],
  cli: [
    "calendar",
    "checkpoint",
    "events",
    "synthetic",
    "load",
    "git",
    "series",
    "forecast",
    "risk",
    "windows",
    "impact",
    "naming",
    "backtest",
    "change",
    "chance",
    "threads",
    "render",
    "emit",
    "files",
  ],
};

/** Packages that only one folder may import. */
const HOMES: Record<string, string> = {
  "csv-parse": "load",
  "onnxruntime-node": "onnx",
  sharp: "emit",
  "temporal-polyfill": "calendar",
  commander: "cli",
  "node:child_process": "git",
  "node:worker_threads": "threads",
};

/** Globals that only cli/ (and its entry) may touch: process, clock, console, chance. */
const CLI_ONLY = /\b(?:process\.|console\.|Date\.now\b|Math\.random\b|new Date\(\))/;
const NETWORK = /\bfetch\(|from "(?:node:)?(?:http2?|https|net|tls|dgram|dns|undici)"/;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => {
    const text = readFileSync(join(SRC, name), "utf8");
    return { name, folder: name.includes("/") ? name.slice(0, name.indexOf("/")) : "", text, imports: importsOf(text) };
  });

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\(|^import)\s*"([^"]+)"/gm)].map((match) => match[1]!);
}

function targetOf(file: string, specifier: string): string {
  return relative(SRC, resolve(SRC, dirname(file), specifier));
}

describe("architecture", () => {
  it("keeps every folder in the table, and every row of the table a folder", () => {
    const folders = [...new Set(files.map(({ folder }) => folder).filter((folder) => folder !== ""))].sort();
    expect(folders).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it("imports only what a folder consumes, never another folder's private file", () => {
    const breaches = files.flatMap(({ name, folder, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => targetOf(name, specifier))
        .filter((target) => {
          if (target.startsWith("..")) return false;
          const to = target.includes("/") ? target.slice(0, target.indexOf("/")) : "";
          if (folder === "" || to === folder) return false;
          return !(target === "errors.ts" || (MAY_IMPORT[folder]!.includes(to) && !target.includes("/_")));
        })
        .map((target) => `${name} imports ${target}`),
    );
    expect(breaches).toEqual([]);
  });

  it("allows no import that no file makes", () => {
    const made = new Set(
      files.flatMap(({ name, folder, imports }) =>
        imports
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => `${folder} → ${targetOf(name, specifier).split("/")[0]}`),
      ),
    );
    const allowed = Object.entries(MAY_IMPORT).flatMap(([folder, others]) => others.map((to) => `${folder} → ${to}`));
    expect(allowed.filter((one) => !made.has(one))).toEqual([]);
  });

  it("has no import cycle between files", () => {
    const graph = new Map(
      files.map(({ name, imports }) => [name, imports.filter((i) => i.startsWith(".")).map((i) => targetOf(name, i))]),
    );
    const done = new Set<string>();
    const visit = (name: string, path: string[]): void => {
      expect(path, `cycle through ${name}`).not.toContain(name);
      if (done.has(name)) return;
      for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
      done.add(name);
    };
    for (const name of graph.keys()) visit(name, []);
  });

  it("keeps packages in their homes", () => {
    const strays = files.flatMap(({ name, folder, imports }) =>
      imports
        .filter((specifier) => {
          const home = HOMES[specifier.split("/")[0]!];
          return home !== undefined && home !== folder;
        })
        .map((specifier) => `${name} imports ${specifier}`),
    );
    expect(strays).toEqual([]);
  });

  it("keeps process, clock, console and chance in cli/, the network in checkpoint/", () => {
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const outside = files.filter(({ folder, name }) => folder !== "cli" && name !== "cli.ts" && name !== "schema.ts");
    expect(outside.filter(({ text }) => CLI_ONLY.test(code(text))).map(({ name }) => name)).toEqual([]);
    const offline = files.filter(({ folder }) => folder !== "checkpoint");
    expect(offline.filter(({ text }) => NETWORK.test(code(text))).map(({ name }) => name)).toEqual([]);
  });

  it("lets one command reach the network, drp model pull", () => {
    const reaching = new Set(["checkpoint/http-get.ts"]);
    const inside = files.filter(({ folder }) => folder === "checkpoint");
    const reaches = ({ name, imports }: (typeof files)[number]) =>
      imports.some((to) => reaching.has(targetOf(name, to)));
    for (let before = 0; before < reaching.size; ) {
      before = reaching.size;
      for (const file of inside.filter(reaches)) reaching.add(file.name);
    }
    const outside = files.filter(({ folder }) => folder !== "checkpoint");
    expect(outside.filter(reaches).map(({ name }) => name)).toEqual(["cli/run-model-pull.ts"]);
  });

  it("reads the command line without loading the work of a command, nor zod, which take longer than help should", () => {
    const loaded = new Set<string>();
    const load = (name: string): void => {
      if (loaded.has(name)) return;
      loaded.add(name);
      const { text = "" } = files.find((file) => file.name === name) ?? {};
      const now = [...text.matchAll(/^(?:import|export) (?!type )[\w\s{},*]*"([^"]+)"/gm)].map((match) => match[1]!);
      for (const specifier of now) load(specifier.startsWith(".") ? targetOf(name, specifier) : specifier);
    };
    for (const { name } of files) if (name.startsWith("cli/commands/")) load(name);
    expect([...loaded]).toContain("cli/options.ts");
    expect([...loaded].filter((name) => name === "zod" || name.startsWith("cli/run-"))).toEqual([]);
  });

  it("has no drawer for odds and ends", () => {
    const names = files.flatMap(({ name }) => name.split("/"));
    for (const drawer of ["utils", "helpers", "common", "shared", "types", "index"]) {
      expect(names.filter((part) => part === drawer || (part === `${drawer}.ts` && drawer !== "index"))).toEqual([]);
    }
  });

  it("keeps files short", () => {
    const long = files.filter(({ text }) => text.split("\n").length > 300).map(({ name }) => name);
    expect(long).toEqual([]);
  });
});
