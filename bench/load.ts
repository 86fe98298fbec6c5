/**
 * Rows per second and peak memory of the loader beside a bare csv-parse loop, on the same million rows in the same run.
 *
 *     npm run bench:load [-- ROWS]
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse";
import { Zone } from "../src/calendar/zone.ts";
import { seededRandom } from "../src/chance/random.ts";
import { loadEvents } from "../src/load/load-events.ts";

const [, script, mode, folder] = process.argv;

if (mode === "loader" || mode === "bare") {
  const start = performance.now();
  const rows =
    mode === "loader" ? await throughLoader(folder!) : await throughParser(join(folder!, "deploy_events.csv"));
  const seconds = (performance.now() - start) / 1000;
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  console.log(JSON.stringify({ rows, seconds, peakMb: peakKb / 1024 }));
} else {
  const rows = Number(mode ?? 1_000_000);
  const scratch = mkdtempSync(join(tmpdir(), "drp-bench-"));
  try {
    await writeDeploys(join(scratch, "deploy_events.csv"), rows);
    writeFileSync(join(scratch, "incidents.csv"), "timestamp,incident_type,severity\n2020-01-01 00:00,unknown,low\n");
    const measured = ["bare", "loader", "bare", "loader"].map((name) => ({ name, ...runChild(name, scratch) }));
    for (const { name, seconds, peakMb } of measured) {
      const rate = Math.round(rows / seconds).toLocaleString("en");
      console.log(`${name.padEnd(8)} ${rate.padStart(12)} rows/s   peak ${peakMb.toFixed(0)} MB`);
    }
    const best = (name: string) =>
      Math.min(...measured.filter((one) => one.name === name).map(({ seconds }) => seconds));
    console.log(`loader / bare: ${(best("loader") / best("bare")).toFixed(2)} × the time`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function runChild(name: string, scratch: string): { seconds: number; peakMb: number } {
  const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name, scratch], {
    encoding: "utf8",
  });
  if (child.status !== 0) throw new Error(`${script}: ${child.stderr}`);
  return JSON.parse(child.stdout) as { seconds: number; peakMb: number }; // what this script printed above
}

async function throughLoader(from: string): Promise<number> {
  return (await loadEvents(from, new Zone("Europe/Berlin"))).deploys?.length ?? 0;
}

async function throughParser(path: string): Promise<number> {
  const parser = createReadStream(path).pipe(parse());
  let rows = -1; // the header
  parser.on("data", () => {
    rows += 1;
  });
  await once(parser, "end");
  return rows;
}

async function writeDeploys(path: string, rows: number): Promise<void> {
  const random = seededRandom(1, 1);
  const file = createWriteStream(path);
  file.write("timestamp,is_critical_fix,deploy_size,service,version\n");
  for (let i = 0; i < rows; i += 1) {
    const at = new Date(Date.UTC(2020, 0, 1) + i * 150_000 + Math.floor(random() * 60_000)).toISOString();
    const size = ["small", "medium", "large"][Math.floor(random() * 3)];
    const line = `${at},${random() < 0.1},${size},service-${Math.floor(random() * 60)},v${i}\n`;
    if (!file.write(line)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}
