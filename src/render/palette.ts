/**
 * Colour ramps: perceptually uniform, of one direction in lightness, told apart with any colour vision.
 * Source: Smith & van der Walt (2015), matplotlib's magma and viridis (CC0), nine even samples each.
 * @module
 */

import { scaleLinear } from "d3-scale";

/** Light where risk is low, dark where it is high: magma backwards, without its black. */
export const RISK_RAMP = [
  "#fcfdbf",
  "#fec488",
  "#fc8961",
  "#e75263",
  "#b73779",
  "#832681",
  "#51127c",
  "#1d1147",
] as const;

/** Green where it is safer, dark blue where it is not: viridis backwards, without its yellow. */
export const SAFETY_RAMP = ["#5ec962", "#28ae80", "#21918c", "#2c728e", "#3b528b", "#472d7b", "#440154"] as const;

/** Colour by risk, 0 to `highest`; text of enough contrast on top of it. */
export type Ramp = { highest: number; colour: (risk: number) => string; ink: (risk: number) => string };

/** A ramp spread evenly from 0 to `highest`, clamped. */
export function rampOf(colours: readonly string[], highest: number): Ramp {
  const scale = scaleLinear<string>()
    .domain(colours.map((_, i) => (i / (colours.length - 1)) * highest))
    .range(colours)
    .clamp(true);
  const colour = (risk: number) => hex(scale(risk));
  return { highest, colour, ink: (risk) => contrastingInk(colour(risk)) };
}

/** Black or white, whichever stands out more. Source: WCAG 2.2, "contrast ratio". */
export function contrastingInk(background: string): string {
  const luminance = luminanceOf(background);
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}

/** Relative luminance of `#rrggbb`, 0..1. Source: WCAG 2.2, "relative luminance". */
export function luminanceOf(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** d3 interpolates to `rgb(r, g, b)`. */
function hex(colour: string): string {
  const channels = colour.match(/\d+(\.\d+)?/g);
  if (colour.startsWith("#") || channels === null) return colour;
  return `#${channels
    .slice(0, 3)
    .map((channel) => Math.round(Number(channel)).toString(16).padStart(2, "0"))
    .join("")}`;
}
