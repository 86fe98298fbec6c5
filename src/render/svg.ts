/**
 * SVG as text. All text goes through `text()`: whoever rasterises the picture turns its elements into outlines.
 * @module
 */

type Anchor = "start" | "middle" | "end";

export type TextStyle = {
  size: number;
  weight?: "normal" | "bold";
  anchor?: Anchor;
  fill?: string;
  /** degrees, clockwise around (x, y) */
  rotate?: number;
};

export const INK = "#222222";
export const FAINT_INK = "#5a5a5a";
const BACKGROUND = "#ffffff";

/** At most three decimals. */
function num(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, weight = "normal", anchor = "start", fill = INK, rotate } = style;
  const turn = rotate === undefined ? "" : ` transform="rotate(${num(rotate)} ${num(x)} ${num(y)})"`;
  return (
    `<text x="${num(x)}" y="${num(y)}" font-family="DejaVu Sans" font-size="${num(size)}" font-weight="${weight}" ` +
    `text-anchor="${anchor}" fill="${fill}"${turn}>${escaped(content)}</text>`
  );
}

/** Width that `text()` needs, points; DejaVu Sans is about .6 em a character wide, capitals .7, bold a little wider. */
export function textWidth(content: string, size: number): number {
  const capitals = content.match(/\p{Lu}/gu)?.length ?? 0;
  return ([...content].length * 0.6 + capitals * 0.1) * size;
}

/** The size at which a text is no wider than `room` points; `size` where that does. */
export function fittingSize(content: string, size: number, room: number): number {
  return Math.min(size, room / textWidth(content, 1));
}

/** A name of at most `most` characters: what is too much is cut from its middle, as names differ at their ends. */
export function shortened(name: string, most: number): string {
  const characters = [...name];
  if (characters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join("")}…${characters.slice(-end).join("")}`;
}

export type Shape = { fill?: string; stroke?: string; strokeWidth?: number; opacity?: number; dash?: string };

export function rect(x: number, y: number, width: number, height: number, shape: Shape): string {
  return `<rect x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}"${painted(shape)}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, shape: Shape): string {
  return `<line x1="${num(x1)}" y1="${num(y1)}" x2="${num(x2)}" y2="${num(y2)}"${painted(shape)}/>`;
}

export function dot(x: number, y: number, radius: number, shape: Shape): string {
  return `<circle cx="${num(x)}" cy="${num(y)}" r="${num(radius)}"${painted(shape)}/>`;
}

/** A polyline through points; a NaN in y breaks it. */
export function curve(points: readonly (readonly [x: number, y: number])[], shape: Shape): string {
  let d = "";
  let drawing = false;
  for (const [x, y] of points) {
    if (Number.isNaN(y)) {
      drawing = false;
      continue;
    }
    d += `${drawing ? "L" : "M"}${num(x)} ${num(y)}`;
    drawing = true;
  }
  return `<path d="${d}"${painted({ fill: "none", ...shape })}/>`;
}

/** A cubic Bézier curve that leaves `from` and reaches `to` horizontally, bent as far as `pull` and `pullTo` are long. */
export function bend(
  from: readonly [x: number, y: number],
  to: readonly [x: number, y: number],
  [pull, pullTo]: readonly [number, number],
  shape: Shape,
): string {
  const points = [from, [from[0] + pull, from[1]], [to[0] + pullTo, to[1]], to] as const;
  const [start, ...rest] = points.map(([x, y]) => `${num(x)} ${num(y)}`);
  return `<path d="M${start}C${rest.join(" ")}"${painted({ fill: "none", ...shape })}/>`;
}

export function area(points: readonly (readonly [x: number, y: number])[], shape: Shape): string {
  return `<path d="M${points.map(([x, y]) => `${num(x)} ${num(y)}`).join("L")}Z"${painted(shape)}/>`;
}

export function svg(width: number, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    rect(0, 0, width, height, { fill: BACKGROUND }),
    ...content,
    "</svg>\n",
  ].join("\n");
}

function painted({ fill, stroke, strokeWidth, opacity, dash }: Shape): string {
  return [
    fill === undefined ? "" : ` fill="${fill}"`,
    stroke === undefined ? "" : ` stroke="${stroke}"`,
    strokeWidth === undefined ? "" : ` stroke-width="${num(strokeWidth)}"`,
    opacity === undefined ? "" : ` opacity="${num(opacity)}"`,
    dash === undefined ? "" : ` stroke-dasharray="${dash}"`,
  ].join("");
}

function escaped(content: string): string {
  // Control characters are not XML.
  const printable = content.replace(/\p{Cc}/gu, " ");
  return printable.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
