import { expect } from "vitest";

const TEXT =
  /<text x="([-\d.]+)" y="([-\d.]+)"[^>]*font-size="([\d.]+)"[^>]*text-anchor="(\w+)"([^>]*)>([^<]*)<\/text>/g;

/** Every label of a picture lies inside it, at .6 em a character. */
export function expectLabelsInside(svg: string): void {
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const [width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number) as [number, number];
  const labels = [...svg.matchAll(TEXT)];
  expect(labels).toHaveLength(svg.split("<text").length - 1);
  for (const [, x, y, size, anchor, rest, content] of labels) {
    const length = [...content!.replace(/&\w+;/g, "&")].length * Number(size) * 0.6;
    const [start, end] = rest!.includes("rotate(-90") ? [Number(y), height] : [Number(x), width];
    const from = start - (anchor === "start" ? 0 : anchor === "middle" ? length / 2 : length);
    expect(from, content).toBeGreaterThanOrEqual(-1);
    expect(from + length, content).toBeLessThanOrEqual(end + 1);
    expect(Number(y), content).toBeLessThanOrEqual(height);
  }
}
