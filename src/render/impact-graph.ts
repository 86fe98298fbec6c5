import { chanceLabel } from "../impact/chance-label.ts";
import type { Impact, ReachedEdge } from "../impact/impact.ts";
import { layeredOrder } from "./layered-order.ts";
import { likeliestPart } from "./likeliest-part.ts";
import { RISK_RAMP, rampOf } from "./palette.ts";
import { captionOf, heading } from "./plot.ts";
import { area, bend, FAINT_INK, fittingSize, INK, rect, shortened, svg, text } from "./svg.ts";

/** Services drawn besides the failed one; more cannot be told apart. */
export const MOST_DRAWN = 30;
/** Chance below which a service is not drawn: its label would read "< 1 %". */
const LEAST_CHANCE = 0.005;

const LEAST_WIDTH = 900;
const MARGIN = 40;
const TOP = 104;
const NODE = { width: 190, height: 38 };
const ROW = 52;
/** From a layer to the next; closer where there are many, since a raster has an end. */
const columnOf = (layers: number) => (layers <= 8 ? 305 : 245);
const FOOT = 112;
const NAME_LENGTH = 26;
const ARROW = { length: 8, halfWidth: 3.5 };

const WAY = "#3d3d3d";
const OTHER_WAY = "#b5b5b5";
const FAILED = "#000000";

type Box = { x: number; y: number; layer: number };

/**
 * "What a failure would take down": services in layers by the dependencies between them and the failed one, coloured by the
 * chance that the failure arrives. As large as the services need, from 900 × 300 points.
 */
export function impactGraphSvg(impact: Impact, subtitle: readonly [string, string], caption: string): string {
  const { services, edges, leftOut } = likeliestPart(impact, MOST_DRAWN, LEAST_CHANCE);
  const nodes = [{ name: impact.service, hops: 0, chance: undefined }, ...services];
  const placeOf = new Map(nodes.map(({ name }, i) => [name, i]));
  const order = layeredOrder(
    nodes.map(({ hops }) => hops),
    edges.map(({ callee, caller }) => [placeOf.get(callee)!, placeOf.get(caller)!] as const),
  );
  const height = TOP + Math.max(2, ...order.map((layer) => layer.length)) * ROW + FOOT;
  const column = columnOf(order.length);
  const gap = column - NODE.width;
  const width = Math.max(LEAST_WIDTH, MARGIN + order.length * column); // ways bend out of the last layer
  const boxes = new Map<string, Box>();
  order.forEach((layer, at) => {
    const first = TOP + (height - TOP - FOOT - layer.length * ROW) / 2 + (ROW - NODE.height) / 2;
    layer.forEach((node, i) => {
      boxes.set(nodes[node]!.name, { x: MARGIN + at * column, y: first + i * ROW, layer: at });
    });
  });
  const ways = new Set(services.map(({ name, path }) => JSON.stringify([path.at(-2), name])));
  const isWay = ({ callee, caller }: ReachedEdge) => ways.has(JSON.stringify([callee, caller]));
  return svg(width, height, [
    ...heading(`What a failure of ${shortened(impact.service, 40)} would take down`, subtitle[0], MARGIN, width),
    text(MARGIN, 74, subtitle[1], { size: 12.5, fill: FAINT_INK }),
    ...[...edges]
      .sort((a, b) => Number(isWay(a)) - Number(isWay(b)))
      .flatMap((edge) => arrow(boxes.get(edge.callee)!, boxes.get(edge.caller)!, gap, edge.chance, isWay(edge))),
    ...nodes.flatMap(({ name, chance }) => nodeOf(name, chance, boxes.get(name)!)),
    ...(impact.services.length === 0
      ? [text(MARGIN + NODE.width + 24, (TOP + height - FOOT) / 2 + 4, "No other service is reached.", { size: 13 })]
      : []),
    ...foot(impact, leftOut + impact.unlikely, width, height, caption),
  ]);
}

function nodeOf(name: string, chance: number | undefined, { x, y }: Box): string[] {
  const ramp = rampOf(RISK_RAMP, 1);
  const fill = chance === undefined ? FAILED : ramp.colour(chance);
  const ink = chance === undefined ? "#ffffff" : ramp.ink(chance);
  const middle = x + NODE.width / 2;
  const shown = shortened(name, NAME_LENGTH);
  return [
    rect(x, y, NODE.width, NODE.height, { fill, stroke: INK, strokeWidth: 1 }),
    text(middle, y + 16, shown, { size: fittingSize(shown, 12, NODE.width - 6), anchor: "middle", fill: ink }),
    text(middle, y + 31, chance === undefined ? "fails" : chanceLabel(chance), {
      size: 12,
      weight: "bold",
      anchor: "middle",
      fill: ink,
    }),
  ];
}

/** From a callee to the caller that its failure reaches: to the right, or dashed where it does not lead further away. */
function arrow(from: Box, to: Box, gap: number, chance: number, way: boolean): string[] {
  const onwards = to.layer > from.layer;
  const beside = to.layer === from.layer;
  const stroke = way ? WAY : OTHER_WAY;
  const shape = { stroke, strokeWidth: 0.6 + (onwards ? 2.4 : 1.2) * chance, ...(onwards ? {} : { dash: "5 4" }) };
  const direction = onwards ? 1 : -1;
  const tip = [to.x + (onwards ? 0 : NODE.width), to.y + NODE.height / 2 + (onwards ? 0 : 7)] as const;
  const base = [tip[0] - direction * ARROW.length, tip[1]] as const;
  const start = [from.x + (onwards || beside ? NODE.width : 0), from.y + NODE.height / 2 + (onwards ? 0 : -7)] as const;
  const reach = beside ? Math.min(1.2 * gap, 20 + Math.abs(to.y - from.y) / 5) : 0.55 * gap;
  const pulls = beside ? ([reach, reach] as const) : ([direction * reach, -direction * reach] as const);
  return [
    bend(start, base, pulls, shape),
    area([tip, [base[0], tip[1] - ARROW.halfWidth], [base[0], tip[1] + ARROW.halfWidth]], { fill: stroke }),
  ];
}

function foot(impact: Impact, notDrawn: number, width: number, height: number, caption: string): string[] {
  const y = height - FOOT + 38;
  const ramp = rampOf(RISK_RAMP, 1);
  const [cells, cell] = [20, 9];
  const bar = Array.from({ length: cells }, (_, i) =>
    rect(MARGIN + 42 + i * cell, y, cell + 0.5, 12, { fill: ramp.colour((i + 0.5) / cells) }),
  );
  const small = { size: 11, fill: FAINT_INK };
  const after = MARGIN + 42 + cells * cell;
  const joint = impact.coFailures
    .slice(0, 3)
    .map(
      ({ service, together, expected }) => `${shortened(service, 18)} (${together}×, ${expected.toFixed(1)} by chance)`,
    );
  return [
    text(MARGIN, y + 10, "0 %", small),
    ...bar,
    text(after + 8, y + 10, "100 %: chance that the failure arrives", small),
    text(
      after + 8,
      y + 28,
      "arrows lead from a service to those that need it; thick: likely to carry the failure on",
      small,
    ),
    text(
      after + 8,
      y + 46,
      "dark: the likeliest way to a service; dashed: to one as near to the failure, or nearer",
      small,
    ),
    ...(notDrawn === 0 ? [] : [text(MARGIN, y + 28, `not drawn, as less likely: ${notDrawn}`, small)]),
    ...(joint.length === 0
      ? []
      : [text(MARGIN, y - 14, `Fail together without a dependency: ${joint.join(", ")}`, small)]),
    captionOf(caption, width, height),
  ];
}
