import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, scratch } from "./cli/drp.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${ROOT}/README.md`, "utf8");

/** The `$ drp …` lines of the README, with what it shows them to print. */
const examples = [...readme.matchAll(/```console\n\$ (drp [^\n]*)\n([\s\S]*?)```/g)].map(([, command, output]) => ({
  command: command!,
  output: output!,
}));

/** Words of a command line; quoted ones keep their spaces, what follows a `;` or `|` is the shell's. */
function wordsOf(command: string): string[] {
  const own = command.split(/[;|] /)[0]!;
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

/** Every command, and in the place of a group those in it. */
async function commandsOf(...path: string[]): Promise<string[]> {
  const { stdout } = await drp([...path, "--help"]);
  const [, list = ""] = stdout.split("\nCommands:\n");
  const names = [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name!).filter((name) => name !== "help");
  if (names.length === 0) return [["drp", ...path].join(" ")];
  return (await Promise.all(names.map((name) => commandsOf(...path, name)))).flat();
}

describe("README", () => {
  let folder: string;
  beforeAll(() => {
    folder = scratch();
  });

  it("shows an example of every command", async () => {
    const commands = await commandsOf();
    expect(commands).toEqual(expect.arrayContaining(["drp forecast", "drp model pull"]));
    const lines = [...readme.matchAll(/^(?:\$ )?(drp [^\n]*)$/gm)].map(([, line]) => line!);
    for (const name of commands)
      expect(
        lines.some((line) => `${line} `.startsWith(`${name} `)),
        name,
      ).toBe(true);
  });

  it("shows what its commands print, in order, run by the built program", () => {
    for (const { command, output } of examples) {
      const printed = run(wordsOf(command).slice(1), folder).replace(/^ {2}(?:fp16|int8) .*\n/gm, ""); // of this clone
      if (!command.includes("|")) expect(printed.replace(/\s+$/, "")).toBe(output.replace(/\n\d+\n$/, "").trimEnd());
    }
  });

  it("names no file that is not there", () => {
    for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)]+)\)/g))
      expect(existsSync(`${ROOT}/${path}`), path).toBe(true);
  });

  it("names every dependency", () => {
    const { dependencies } = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8"));
    const table = readme.slice(readme.indexOf("## Dependencies"));
    for (const name of Object.keys(dependencies)) expect(table).toContain(name);
  });
});

/** Output and words of the built program, whatever its exit code. */
function run(argv: readonly string[], cwd: string): string {
  try {
    return execFileSync("sh", ["-c", 'exec "$0" "$@" 2>&1', process.execPath, `${ROOT}/dist/cli.js`, ...argv], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, DRP_MODELS: `${cwd}/no-pulled-models` },
    });
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return String(error.stdout);
    throw error;
  }
}

describe("the built package", () => {
  it("offers its API and its schema by name", () => {
    const script = `
      import { openModel } from "deployment-risk-prediction";
      import schema from "deployment-risk-prediction/risk-windows.schema.json" with { type: "json" };
      const model = await openModel("drp-mini", { device: "cpu", threads: 2 });
      const [forecast] = await model.forecast([new Float64Array(200).fill(3)], { horizon: 5 });
      await model.close();
      console.log(JSON.stringify([[...forecast.mean], schema.title]));`;
    const out = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const [mean, title] = JSON.parse(out);
    for (const value of mean) expect(value).toBeCloseTo(3, 4);
    expect(title).toBe("drp risk windows");
  });

  it("has types for its API", () => {
    const types = readFileSync(`${ROOT}/dist/index.d.ts`, "utf8");
    expect(types).toContain("openModel");
    expect(existsSync(`${ROOT}/dist/forecast/open-model.d.ts`)).toBe(true);
  });
});
