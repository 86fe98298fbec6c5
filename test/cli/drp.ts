import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";

export type Outcome = { code: number; stdout: string; stderr: string };

export type Surroundings = {
  stdin?: string | Readable;
  now?: string;
  tty?: boolean;
  signal?: AbortSignal;
  onStderr?: (text: string) => void;
  env?: Readonly<Record<string, string>>;
};

/** Runs the command line in this process, with a clock of its own and no pulled models. */
export async function drp(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  return outcomeOf((io) => main(argv, io), surroundings);
}

/** What work prints and answers, in the same surroundings. */
export async function outcomeOf(work: (io: Io) => Promise<number>, surroundings: Surroundings = {}): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const words = {
    write: (text: string) => {
      stderr += text;
      surroundings.onStderr?.(text);
    },
  };
  const code = await work({
    stdout: {
      write: (text) => {
        stdout += text;
      },
    },
    stderr: words,
    ...(surroundings.tty === true ? { terminal: words } : {}),
    stdin: surroundings.stdin instanceof Readable ? surroundings.stdin : Readable.from([surroundings.stdin ?? ""]),
    now: () => Date.parse(surroundings.now ?? "2026-01-01T00:00:00Z"),
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      DRP_MODELS: "/no/pulled/models",
      ...surroundings.env,
    },
    signal: surroundings.signal ?? new AbortController().signal,
  });
  return { code, stdout, stderr };
}

/** An empty folder of its own, which goes when all tests are done. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), "drp-test-"));
}

/** A folder with the given files. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = scratch();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}
