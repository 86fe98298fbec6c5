/**
 * An impact as the source of a diagram, for Graphviz and for Mermaid. Services are numbered, so that no name can break it.
 * @module
 */

import { chanceLabel } from "../impact/chance-label.ts";
import type { Impact } from "../impact/impact.ts";
import { STEERING } from "../naming/steering.ts";
import { likeliestPart } from "./likeliest-part.ts";
import { RISK_RAMP, rampOf } from "./palette.ts";

/** Services in a Mermaid diagram: it refuses more than 500 edges, and real systems have up to four a service. */
export const MERMAID_MOST = 100;

type Node = { id: string; name: string; label: string; fill: string; ink: string };
type Edge = { from: string; to: string; label: string };

/** A `digraph` of every service that is reached. Source: graphviz.org/doc/info/lang.html, and its escString. */
export function impactDot(impact: Impact): string {
  const { nodes, edges } = diagramOf(impact, impact.services.length);
  const quoted = (words: string) => `"${words.replace(/[\\"]/g, "\\$&")}"`;
  return [
    "digraph impact {",
    "  rankdir=LR;",
    '  node [shape=box, style=filled, fontname="Helvetica"];',
    ...nodes.map(
      ({ id, name, label, fill, ink }) =>
        `  ${id} [label=${quoted(name).slice(0, -1)}\\n${label}", fillcolor="${fill}", fontcolor="${ink}"];`,
    ),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label="${label}"];`),
    "}\n",
  ].join("\n");
}

/** A flowchart of the likeliest services. Source: mermaid.js.org/syntax/flowchart.html, "Entity codes to escape characters". */
export function impactMermaid(impact: Impact): string {
  const { nodes, edges } = diagramOf(impact, MERMAID_MOST);
  const quoted = (words: string) => words.replace(/[^\p{L}\p{N} ._/-]/gu, (mark) => `#${mark.codePointAt(0)};`);
  return [
    "flowchart LR",
    ...nodes.map(({ id, name, label }) => `  ${id}["${quoted(name)}<br/>${quoted(label)}"]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->|"${quoted(label)}"| ${to}`),
    ...nodes.map(({ id, fill, ink }) => `  style ${id} fill:${fill},color:${ink}`),
    "",
  ].join("\n");
}

function diagramOf(impact: Impact, most: number): { nodes: Node[]; edges: Edge[] } {
  const { services, edges } = likeliestPart(impact, most);
  const ramp = rampOf(RISK_RAMP, 1);
  const failed = { id: "n0", name: plain(impact.service), label: "fails", fill: "#000000", ink: "#ffffff" };
  const nodes = services.map(({ name, chance }, i) => ({
    id: `n${i + 1}`,
    name: plain(name),
    label: chanceLabel(chance),
    fill: ramp.colour(chance),
    ink: ramp.ink(chance),
  }));
  const idOf = new Map([[impact.service, "n0"], ...services.map(({ name }, i) => [name, `n${i + 1}`] as const)]);
  return {
    nodes: [failed, ...nodes],
    edges: edges.map(({ callee, caller, chance }) => ({
      from: idOf.get(callee)!,
      to: idOf.get(caller)!,
      label: chanceLabel(chance),
    })),
  };
}

/** One line, as a label is, in the order its letters have. */
function plain(name: string): string {
  return name.replace(STEERING, " ");
}
