import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, folderOf, scratch } from "./drp.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

describe("the built program", () => {
  let data: string;
  beforeAll(async () => {
    data = scratch();
    await drp(["generate", "--out", data, "--days", "400"]);
  });

  it("exits 5 when a file cannot be written whole, and leaves none", () => {
    const out = scratch();
    // A limit of 64 blocks stops the writing of a picture half-way, as a full disk does.
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -f 64; exec "$0" "$@"', process.execPath, CLI, "forecast", "--data", data, "--out", out],
      { encoding: "utf8" },
    );
    expect(stderr).toMatch(/^error: Cannot write ".*": /m);
    expect(status).toBe(5);
    expect(readdirSync(out)).toEqual([]);
  });

  it("exits 130 at Ctrl-C and leaves no file", async () => {
    const out = join(scratch(), "out");
    const child = spawn(process.execPath, [CLI, "forecast", "--data", data, "--out", out]);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const exited = new Promise<number | null>((resolve) => {
      child.on("exit", resolve);
    });
    // The folder appears once the events are loaded: the model is about to open.
    const seen = setInterval(() => {
      if (!existing(out)) return;
      clearInterval(seen);
      child.kill("SIGINT");
    }, 5);
    expect(await exited).toBe(130);
    expect(stderr).toContain("interrupted: nothing was written");
    expect(readdirSync(out)).toEqual([]);
  });

  it("does not mind a reader that closes the pipe", () => {
    const command = '"$0" "$1" forecast --data "$2" --out "$3" --json --quiet | head -c 10 >/dev/null';
    const { stderr } = spawnSync("sh", ["-c", command, process.execPath, CLI, data, scratch()], { encoding: "utf8" });
    expect(stderr).toBe("");
  });

  it("exits 3 at a history that does not fit into the memory it may use", () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `2024-01-01 ${10 + (i % 10)}:${10 + (i % 50)},unknown,low`);
    const folder = folderOf({ "incidents.csv": ["timestamp,incident_type,severity", ...rows].join("\n") });
    const memory = ["--max-old-space-size=32", "--max-semi-space-size=1"];
    const argv = [...memory, CLI, "forecast", "--data", folder, "--out", join(folder, "out")];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    expect(stderr).toMatch(/incidents\.csv": its rows up to line \d+ fill the 35 MB that Node\.js may use/);
    expect(status).toBe(3);
  });

  it("does its work though nobody reads its words", () => {
    const out = scratch();
    const command = '{ "$0" "$1" generate --days 400 --out "$2"; echo $? >"$2/code"; } 2>&1 | true';
    spawnSync("sh", ["-c", command, process.execPath, CLI, out]);
    expect(readFileSync(join(out, "code"), "utf8")).toBe("0\n");
  });

  it.runIf(existsSync("/dev/full"))("exits 5 when standard output cannot be written", () => {
    const command = 'exec "$0" "$1" model list >/dev/full';
    const { status, stderr } = spawnSync("sh", ["-c", command, process.execPath, CLI], { encoding: "utf8" });
    expect(stderr).toContain("error: Cannot write to standard output: ENOSPC");
    expect(status).toBe(5);
  });
});

function existing(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
