import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives a run of tests a temporary folder of its own, and removes it with all that they left there. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "drp-tests-"));
  for (const name of ["TMPDIR", "TEMP", "TMP"]) process.env[name] = folder; // what os.tmpdir() reads
  return () => rmSync(folder, { recursive: true, force: true });
}
