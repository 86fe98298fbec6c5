import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Repository } from "../../src/git/run-git.ts";

export type Commit = {
  /** contents by path; null deletes the file */
  files?: Record<string, string | Buffer | null>;
  message?: string;
  /** ISO 8601 with offset; of author and committer */
  at: string;
  /** local part of the author's address */
  by?: string;
};

/** A repository in a folder of its own, apart from the settings of this machine. */
export class TemporaryRepository {
  readonly path = mkdtempSync(join(tmpdir(), "drp-git-"));
  readonly env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: this.path,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_COMMITTER_NAME: "Committer",
    GIT_COMMITTER_EMAIL: "committer@example.org",
    GIT_AUTHOR_NAME: "Author",
    GIT_AUTHOR_EMAIL: "author@example.org",
  };

  constructor() {
    this.git(["init", "--quiet", "--initial-branch=main"]);
  }

  get repository(): Repository {
    return { path: this.path, env: this.env };
  }

  git(args: readonly string[], { input, at, by }: { input?: string; at?: string; by?: string } = {}): string {
    const env = {
      ...this.env,
      ...(at === undefined ? {} : { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }),
      ...(by === undefined ? {} : { GIT_AUTHOR_NAME: by, GIT_AUTHOR_EMAIL: `${by}@example.org` }),
    };
    return execFileSync("git", ["-C", this.path, ...args], { env, input, encoding: "utf8", stdio: "pipe" }).trim();
  }

  /** @returns the full hash */
  commit({ files = {}, message = "change", at, by = "ann" }: Commit): string {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      if (content === null) rmSync(path);
      else writeFileSync(path, content);
    }
    this.git(["add", "--all"]);
    this.git(["commit", "--quiet", "--allow-empty", `--message=${message}`], { at, by });
    return this.git(["rev-parse", "HEAD"]);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function lines(count: number, name = "line"): string {
  return Array.from({ length: count }, (_, i) => `${name} ${i}\n`).join("");
}
