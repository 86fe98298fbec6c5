import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PartFile } from "../../src/checkpoint/part-file.ts";

const { signal } = new AbortController();
const content = Buffer.from(Uint8Array.from({ length: 20_000_003 }, (_, i) => (i * 2_654_435_761) >>> 13));

/** Appends [from, to) of the content in pieces of a size. */
async function bring(part: PartFile, from: number, to: number, size: number): Promise<void> {
  for (let at = from; at < to; at += size) await part.append(content.subarray(at, Math.min(to, at + size)));
}

test("a part that is closed at any byte holds all that came, and goes on from there", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "part-")), "weights");
  const first = await PartFile.open(`${path}.part`, signal);
  await bring(first, 0, 9_000_001, 65_521);
  expect(first.bytes).toBe(9_000_001);
  await first.close();
  expect(content.subarray(0, 9_000_001).equals(await readFile(`${path}.part`))).toBe(true);

  const second = await PartFile.open(`${path}.part`, signal);
  expect(second.bytes).toBe(9_000_001);
  await bring(second, 9_000_001, content.length, 10_000_000); // more than one block at once
  expect(second.sha256()).toBe(createHash("sha256").update(content).digest("hex"));
  await second.moveTo(path);
  expect(content.equals(await readFile(path))).toBe(true);
});

test("a part that starts anew holds nothing of what came before", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "part-")), "config");
  const part = await PartFile.open(`${path}.part`, signal);
  await part.append(Buffer.from("old"));
  await part.restart();
  await part.append(Buffer.from("new"));
  expect(await part.text()).toBe("new");
  await part.close();
  expect(await readFile(`${path}.part`, "utf8")).toBe("new");
});
