import { fileURLToPath } from "node:url";
import type { Font } from "fontkit";

/**
 * The fonts that ship with the package. Without them a picture's text would depend on the fonts of the machine, and
 * be missing, without an error, where there are none.
 */
const FONT_FILES = {
  normal: fileURLToPath(new URL("../../src/emit/fonts/DejaVuSans.ttf", import.meta.url)),
  bold: fileURLToPath(new URL("../../src/emit/fonts/DejaVuSans-Bold.ttf", import.meta.url)),
};
type Weight = keyof typeof FONT_FILES;
export type Fonts = Readonly<Record<Weight, Font>>;

export async function openFonts(): Promise<Fonts> {
  const { open } = await import("fontkit");
  const font = async (weight: Weight): Promise<Font> => {
    const opened = await open(FONT_FILES[weight]);
    if (opened.type === "TTF") return opened;
    throw new TypeError(`Cannot use font "${FONT_FILES[weight]}": expected one TrueType font`);
  };
  return { normal: await font("normal"), bold: await font("bold") };
}

const TEXT = /<text ([^>]*)>([^<]*)<\/text>/g;
const SHIFT: Readonly<Record<string, number>> = { start: 0, middle: -0.5, end: -1 };

/**
 * Replaces the `<text>` elements of a picture by the outlines of their glyphs. Reads x, y, font-size, font-weight,
 * text-anchor, fill and transform.
 *
 * @throws {TypeError} at a `<text>` of another form, which a rasteriser would leave out
 */
export function textToPaths(svg: string, fonts: Fonts): string {
  const outlined = svg.replace(TEXT, (_, attributes: string, content: string) => {
    const of = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];
    const font = fonts[of("font-weight") === "bold" ? "bold" : "normal"];
    const scale = Number(of("font-size")) / font.unitsPerEm;
    const { glyphs, positions, advanceWidth } = font.layout(unescaped(content));
    let x = Number(of("x")) + SHIFT[of("text-anchor") ?? "start"]! * advanceWidth * scale;
    const y = Number(of("y"));
    const paths = glyphs.map((glyph, i) => {
      const position = positions[i]!;
      const at = `translate(${fixed(x + position.xOffset * scale)} ${fixed(y - position.yOffset * scale)})`;
      x += position.xAdvance * scale;
      const d = glyph.path.toSVG();
      return d === "" ? "" : `<path transform="${at} scale(${fixed(scale)} ${fixed(-scale)})" d="${d}"/>`;
    });
    const transform = of("transform");
    return `<g fill="${of("fill") ?? "#000"}"${transform === undefined ? "" : ` transform="${transform}"`}>${paths.join("")}</g>`;
  });
  if (outlined.includes("<text"))
    throw new TypeError("Cannot outline a <text> element: it has children or no attributes");
  return outlined;
}

function unescaped(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
}

function fixed(value: number): string {
  return String(Number(value.toFixed(6)));
}
