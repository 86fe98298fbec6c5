import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { pngsOf } from "../../src/emit/png.ts";
import { type Fonts, openFonts, textToPaths } from "../../src/emit/text-to-paths.ts";
import { riskHeatmapSvg } from "../../src/render/risk-heatmap.ts";
import { svg, text } from "../../src/render/svg.ts";
import { assess } from "../../src/windows/assess.ts";
import { typicalWeek } from "../windows/forecasts.ts";

let fonts: Fonts;
beforeAll(async () => {
  fonts = await openFonts();
});

const week = typicalWeek();
const picture = riskHeatmapSvg(week, assess(week), "data · model drp-mini");

/** Dark pixels in a rectangle, given in points. */
async function ink(png: Uint8Array, left: number, top: number, width: number, height: number): Promise<number> {
  const area = { left: 2 * left, top: 2 * top, width: 2 * width, height: 2 * height };
  const pixels = await sharp(png).extract(area).greyscale().raw().toBuffer();
  return pixels.filter((value) => value < 140).length;
}

describe("pngsOf()", () => {
  it("draws two pixels a point, with ink where the labels belong", async () => {
    const { png, other } = await pngsOf({ png: picture, other: svg(10, 10, []) });
    expect(await sharp(other).metadata()).toMatchObject({ width: 20, height: 20 });
    const { width, height } = await sharp(png).metadata();
    expect([width, height]).toEqual([2800, 1000]);
    const labels = {
      title: [118, 18, 260, 22],
      subtitle: [118, 46, 600, 16],
      days: [40, 92, 70, 344],
      hours: [118, 440, 1134, 18],
      "axis name": [600, 466, 180, 16],
      "colour bar ticks": [1308, 92, 50, 344],
      "colour bar name": [1370, 92, 20, 344],
      caption: [1240, 480, 150, 14],
    } as const;
    for (const [name, [left, top, w, h]] of Object.entries(labels)) {
      expect(await ink(png, left, top, w, h), name).toBeGreaterThan(150);
    }
    expect(await ink(png, 800, 10, 300, 30), "an empty corner").toBe(0);
  });

  it("draws the same bytes where the machine has no fonts", async () => {
    const script = `
      import { createHash } from "node:crypto";
      import { readFileSync } from "node:fs";
      const { pngsOf } = await import("./dist/emit/png.js");
      const { png } = await pngsOf({ png: readFileSync(0, "utf8") });
      process.stdout.write(createHash("sha256").update(png).digest("hex"));`;
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const bare = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: root,
      input: picture,
      encoding: "utf8",
      env: { FONTCONFIG_FILE: "/dev/null", HOME: "/nonexistent", PATH: process.env.PATH ?? "" },
    });
    const { png } = await pngsOf({ png: picture });
    expect(bare).toBe(createHash("sha256").update(png).digest("hex"));
  });
});

describe("textToPaths()", () => {
  it("leaves no text, and places it by its anchor", () => {
    const at = (anchor: "start" | "middle" | "end") => {
      const outlined = textToPaths(svg(100, 100, [text(50, 50, "Wx", { size: 10, anchor })]), fonts);
      expect(outlined).not.toContain("<text");
      return Number(/translate\(([\d.]+) /.exec(outlined)![1]);
    };
    expect(at("start")).toBe(50);
    expect(at("middle")).toBeCloseTo((50 + at("end")) / 2, 4);
    expect(at("end")).toBeLessThan(40);
  });

  it("draws a box for a character that no font here has", () => {
    expect(textToPaths(text(0, 10, "東\u{1F600}", { size: 10 }), fonts)).toContain("<path");
  });

  it("refuses text that it cannot read", () => {
    expect(() => textToPaths("<svg><text x='1'><tspan>a</tspan></text></svg>", fonts)).toThrow(TypeError);
  });
});
