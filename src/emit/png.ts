import { type Fonts, openFonts, textToPaths } from "./text-to-paths.ts";

/** Pixels per point. */
const RASTER = 2;
/** SVG's own resolution, at which a point is a pixel. */
const BASE_DPI = 72;

/**
 * Rasterises pictures side by side, at two pixels a point; the same bytes on every machine, whatever fonts it has.
 *
 * @param pictures SVG by file name
 * @returns PNG by file name, in order
 */
export async function pngsOf<Name extends string>(
  pictures: Readonly<Record<Name, string>>,
): Promise<Record<Name, Uint8Array>> {
  const fonts = await openFonts();
  const drawn = Object.entries<string>(pictures).map(async ([name, svg]) => [name, await pngOf(svg, fonts)] as const);
  return Object.fromEntries(await Promise.all(drawn)) as Record<Name, Uint8Array>; // of the names given
}

async function pngOf(svg: string, fonts: Fonts): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const outlined = Buffer.from(textToPaths(svg, fonts));
  return sharp(outlined, { density: RASTER * BASE_DPI })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
