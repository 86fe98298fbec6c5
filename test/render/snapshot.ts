import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** Compares with the committed picture; on failure the new one is written beside it. */
export async function expectPicture(svg: string, name: string): Promise<void> {
  const file = new URL(`./__snapshots__/${name}.svg`, import.meta.url);
  const changed = new URL(`./__snapshots__/${name}-changed.svg`, import.meta.url);
  if (existsSync(file) && readFileSync(file, "utf8") !== svg) writeFileSync(changed, svg);
  else rmSync(changed, { force: true });
  await expect(svg).toMatchFileSnapshot(file.pathname);
}
