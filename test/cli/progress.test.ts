import { describe, expect, it } from "vitest";
import { told } from "../../src/cli/progress.ts";
import { shownWidth } from "../../src/cli/shown-width.ts";
import { outcomeOf } from "./drp.ts";

/** What the last line of a terminal of so many columns shows. */
async function shownOn(columns: number | undefined, work: (progress: ReturnType<typeof told>["progress"]) => void) {
  let shown = "";
  await outcomeOf(async (io) => {
    const terminal = { columns, write: (text: string) => (shown = text) };
    work(told({ ...io, terminal }, false).progress);
    return 0;
  });
  const clear = "\r\u001b[2K";
  expect(shown.startsWith(clear)).toBe(true);
  return shown.slice(clear.length);
}

describe("told()", () => {
  const words = "312 of 925 MB, 1.2 MB/s, 10 min left";

  it("draws a bar of what is done", async () => {
    for (const columns of [undefined, 0, 200])
      expect(await shownOn(columns, ({ bar }) => bar("pulling timesfm-2.5", 1, 2, words))).toBe(
        `pulling timesfm-2.5 ${"█".repeat(12)}${"░".repeat(12)} ${words}`,
      );
  });

  it("stays in one row of the terminal: the bar gives way first, then the end", async () => {
    for (const columns of [80, 70, 60, 58, 40, 10, 1]) {
      const shown = await shownOn(columns, ({ bar }) => bar("pulling timesfm-2.5", 1, 2, words));
      expect(shownWidth(shown)).toBeLessThan(Math.max(columns, 1));
      expect(shown.endsWith("10 min left")).toBe(columns >= 58);
    }
    expect(await shownOn(12, ({ step }) => step("読み込んでいます"))).toBe("読み込んで");
  });
});
