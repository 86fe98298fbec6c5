import { readFile } from "node:fs/promises";

/** Memory of this process in bytes. */
export type OwnMemory = {
  /** most that was resident at any time, mapped files included */
  peak: number;
  /** resident now, mapped files left out; unknown where the system does not tell */
  own: number | undefined;
};

/** @throws never: what the system does not tell is undefined */
export async function ownMemory(): Promise<OwnMemory> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return {
    peak: process.resourceUsage().maxRSS * 1024,
    own: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
  };
}
