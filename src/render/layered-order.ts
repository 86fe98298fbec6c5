/**
 * The order of nodes within the layers of a graph, with few crossings of edges: each node goes to the mean place of its
 * neighbours in the layer beside, in sweeps to and fro.
 * Source: Sugiyama, Tagawa & Toda (1981), "Methods for Visual Understanding of Hierarchical System Structures", IEEE
 * Transactions on Systems, Man, and Cybernetics 11(2).
 * @module
 */

type Edge = readonly [from: number, to: number];

const SWEEPS = 12;

/**
 * @param layerOf [nodes] from 0, without gaps
 * @param edges   those between neighbouring layers count
 * @returns [layers] nodes from top to bottom
 */
export function layeredOrder(layerOf: readonly number[], edges: readonly Edge[]): number[][] {
  const layers: number[][] = Array.from({ length: Math.max(...layerOf) + 1 }, () => []);
  layerOf.forEach((layer, node) => {
    layers[layer]!.push(node);
  });
  const between = edges.filter(([from, to]) => layerOf[to] === layerOf[from]! + 1);
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(best, layerOf, between);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const forth = sweep % 2 === 0;
    for (let step = 1; step < layers.length; step += 1) {
      const at = forth ? step : layers.length - 1 - step;
      layers[at] = byBarycentre(layers[at]!, layers[forth ? at - 1 : at + 1]!, between, forth);
    }
    const count = crossings(layers, layerOf, between);
    if (count < fewest) {
      fewest = count;
      best = layers.map((layer) => [...layer]);
    }
  }
  return best;
}

/** @param forth whether the fixed layer is the one that edges come from */
function byBarycentre(
  layer: readonly number[],
  fixed: readonly number[],
  edges: readonly Edge[],
  forth: boolean,
): number[] {
  const placeOf = new Map(fixed.map((node, i) => [node, (i + 0.5) / fixed.length]));
  const keys = layer.map((node, i) => {
    const places = edges.flatMap(([from, to]) => {
      const [own, other] = forth ? [to, from] : [from, to];
      return own === node ? [placeOf.get(other) ?? []].flat() : [];
    });
    const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
    return { node, key: places.length === 0 ? (i + 0.5) / layer.length : mean };
  });
  return keys.sort((a, b) => a.key - b.key).map(({ node }) => node);
}

/** Pairs of edges between the same layers that cross. */
export function crossings(
  layers: readonly (readonly number[])[],
  layerOf: readonly number[],
  edges: readonly Edge[],
): number {
  const placeOf = new Map(layers.flatMap((layer) => layer.map((node, i) => [node, i])));
  let count = 0;
  edges.forEach(([from, to], i) => {
    for (const [otherFrom, otherTo] of edges.slice(0, i)) {
      if (layerOf[from] !== layerOf[otherFrom] || layerOf[to] !== layerOf[otherTo]) continue;
      const before = placeOf.get(from)! - placeOf.get(otherFrom)!;
      if (before * (placeOf.get(to)! - placeOf.get(otherTo)!) < 0) count += 1;
    }
  });
  return count;
}
