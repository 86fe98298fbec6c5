import { type Fonts, textToPaths } from "./text-to-paths.ts";

/** Pixels per point. */
const RASTER = 2;
/** SVG's own resolution, at which a point is a pixel. */
const BASE_DPI = 72;

/** Rasterises a picture at two pixels a point; the same bytes on every machine, whatever fonts it has. */
export async function pngOf(svg: string, fonts: Fonts): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const outlined = Buffer.from(textToPaths(svg, fonts));
  return sharp(outlined, { density: RASTER * BASE_DPI })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
