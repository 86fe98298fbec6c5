import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { ExitCode, UserError } from "../errors.ts";
import { cannotWrite } from "../files/cannot-write.ts";
import { ANOTHER_FOLDER } from "./part-file.ts";

/** The process that pulls. */
export type Puller = {
  pid: number;
  /** whether a process of this machine runs */
  isRunning(pid: number): boolean;
};

/**
 * Does work that no other process may do at the same time. What a process left that was killed does not count.
 *
 * @param file what marks the work as under way
 * @throws {UserError} exit 4 if another process is at it
 */
export async function exclusively<T>(file: string, puller: Puller, work: () => Promise<T>): Promise<T> {
  const mine = `${puller.pid} ${hostname()}\n`;
  if (!(await created(file, mine)) && !(await takenOver(file, mine, puller))) {
    const { pid, host } = await holderOf(file);
    throw new UserError(
      `Cannot pull: process ${pid || "?"} on "${host || "?"}" is pulling the same model`,
      ExitCode.model,
      `wait for it; if it is none, delete ${file}`,
    );
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Takes the place of a process that is gone; of several at the same time one does. */
async function takenOver(file: string, mine: string, puller: Puller): Promise<boolean> {
  const turn = `${file}.turn`;
  const { pid, host } = await holderOf(file);
  if (host !== hostname() || puller.isRunning(Number(pid)) || !(await created(turn, mine))) return false;
  try {
    const now = await holderOf(file);
    if (now.pid !== pid || now.host !== host) return false;
    await rm(file, { force: true });
    return await created(file, mine);
  } finally {
    await rm(turn, { force: true });
  }
}

async function holderOf(file: string): Promise<{ pid: string; host: string }> {
  const [, pid = "", host = ""] = /^(\d+) (\S+)\n$/.exec(await readFile(file, "utf8").catch(() => "")) ?? [];
  return { pid, host };
}

/** @returns false if the file is there already */
async function created(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw cannotWrite(path, error, ANOTHER_FOLDER);
  }
}
