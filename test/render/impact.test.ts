import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import type { Impact } from "../../src/impact/impact.ts";
import { impactOf } from "../../src/impact/impact.ts";
import { impactDot, impactMermaid } from "../../src/render/impact-diagram.ts";
import { impactGraphSvg, MOST_DRAWN } from "../../src/render/impact-graph.ts";
import { crossings, layeredOrder } from "../../src/render/layered-order.ts";
import { shortened } from "../../src/render/svg.ts";
import { dependenciesOf } from "../impact/graphs.ts";
import { expectLabelsInside } from "./labels.ts";
import { expectPicture } from "./snapshot.ts";

const impactOn = (ways: string, service = "db") =>
  impactOf(dependenciesOf(ways), undefined, service, seededRandom(1, 0));
const picture = (impact: Impact, caption = "caption") =>
  impactGraphSvg(impact, ["what it reaches", "what that rests on"], caption);

const SMALL = "db>api db>auth db>a-service-with-a-very-long-name api>web auth>web auth>api web>db web>auth web>cron";
const hinted = {
  ...impactOn(SMALL),
  coFailures: [{ service: "twin", together: 7, expected: 0.42, pValue: 1e-6 }],
};

describe("impactGraphSvg()", () => {
  it("is as committed", () => expectPicture(picture(hinted), "impact-graph"));

  it("says so where nothing is reached", () => {
    expect(picture(impactOn("db>api", "api"))).toContain("No other service is reached.");
    const hardly = impactOn("db>api");
    const svg = picture({ ...hardly, services: hardly.services.map((of) => ({ ...of, chance: 0.001 })) });
    expect(svg).toContain("not drawn, as less likely: 1");
    expect(svg).not.toContain("No other service is reached.");
  });

  it("draws the likeliest of many and says how many it leaves out", () => {
    const wide = Array.from({ length: 100 }, (_, i) => `db>s${i}`).join(" ");
    const svg = picture(impactOn(wide));
    expect(svg).toContain("not drawn, as less likely: 70");
    expect(svg.match(/font-weight="bold"[^>]*>\d+ %</g)).toHaveLength(MOST_DRAWN);
  });

  it("leaves out services that are hardly reached", () => {
    const chain = Array.from({ length: 40 }, (_, i) => `s${i}>s${i + 1}`).join(" ");
    const svg = picture(impactOn(chain, "s0"));
    expect(svg).not.toContain("&lt; 1 %");
    expect(svg.match(/>s\d+</g)).toHaveLength(1 + 7); // ½⁷ is 0.8 %, ½⁸ is 0.4 %
    expect(svg).toContain("not drawn, as less likely: 33"); // those too that no draw reached
  });

  it("draws with every service the likeliest way to it", () => {
    const impact = impactOn(Array.from({ length: 120 }, (_, i) => `s${i >> 2}>s${i + 1}`).join(" "), "s0");
    const boxes = new Set([...picture(impact).matchAll(/>(s\d+)</g)].map(([, name]) => name));
    expect(boxes.size).toBe(1 + MOST_DRAWN);
    for (const { name, path } of impact.services)
      if (boxes.has(name)) for (const on of path) expect(boxes.has(on), on).toBe(true);
  });

  it("keeps every label inside the picture, whatever the graph", () => {
    const edge = fc.tuple(fc.nat(40), fc.nat(40)).filter(([from, to]) => from !== to);
    const edges = fc.uniqueArray(edge, { minLength: 1, maxLength: 80, selector: ([from, to]) => 100 * from + to });
    fc.assert(
      fc.property(edges, fc.boolean(), (ends, chain) => {
        const all = chain ? Array.from({ length: 35 }, (_, i) => [i, i + 1]) : ends;
        const impact = impactOn(
          all.map(([from, to]) => `a-rather-long-service-${from}>a-rather-long-service-${to}`).join(" "),
          `a-rather-long-service-${all[0]![0]}`,
        );
        expectLabelsInside(picture({ ...impact, coFailures: hinted.coFailures }, "c".repeat(300)));
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});

describe("impactDot()", () => {
  it("numbers services, and escapes what would end a label", () => {
    const odd = 'a"b\\n[c]\n';
    const dot = impactDot(impactOf([{ callee: "db", caller: odd }], undefined, "db", () => 0));
    expect(dot).toBe(
      [
        "digraph impact {",
        "  rankdir=LR;",
        '  node [shape=box, style=filled, fontname="Helvetica"];',
        '  n0 [label="db\\nfails", fillcolor="#000000", fontcolor="#ffffff"];',
        '  n1 [label="a\\"b\\\\n[c] \\n> 99 %", fillcolor="#1d1147", fontcolor="#ffffff"];',
        '  n0 -> n1 [label="50 %"];',
        "}\n",
      ].join("\n"),
    );
  });

  it("holds every service that is reached", () => {
    const wide = Array.from({ length: 300 }, (_, i) => `db>s${i}`).join(" ");
    expect(impactDot(impactOn(wide)).match(/->/g)).toHaveLength(300);
  });
});

describe("impactMermaid()", () => {
  it("numbers services, and writes marks as entities", () => {
    const odd = 'end "x"] --> `y` #1;\n<b>é';
    const mermaid = impactMermaid(impactOf([{ callee: "db", caller: odd }], undefined, "db", () => 0));
    expect(mermaid).toBe(
      [
        "flowchart LR",
        '  n0["db<br/>fails"]',
        '  n1["end #34;x#34;#93; --#62; #96;y#96; #35;1#59; #60;b#62;é<br/>#62; 99 #37;"]',
        '  n0 -->|"50 #37;"| n1',
        "  style n0 fill:#000000,color:#ffffff",
        "  style n1 fill:#1d1147,color:#ffffff",
        "",
      ].join("\n"),
    );
  });

  it("leaves out what Mermaid would refuse", () => {
    const wide = Array.from({ length: 600 }, (_, i) => `db>s${i}`).join(" ");
    expect(impactMermaid(impactOn(wide)).match(/-->/g)).toHaveLength(100);
  });
});

describe("layeredOrder()", () => {
  it("undoes crossings: a ladder turned over", () => {
    const layerOf = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    const edges = [
      [0, 5],
      [1, 4],
      [2, 3],
      [3, 8],
      [4, 7],
      [5, 6],
    ] as const;
    expect(
      crossings(
        [
          [0, 1, 2],
          [3, 4, 5],
          [6, 7, 8],
        ],
        layerOf,
        edges,
      ),
    ).toBe(6);
    expect(crossings(layeredOrder(layerOf, edges), layerOf, edges)).toBe(0);
  });

  it("keeps every node in its layer, and never has more crossings than the order given", () => {
    const graph = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 25 });
    fc.assert(
      fc.property(graph, (edges) => {
        const layerOf = Array.from({ length: 12 }, (_, node) => node >> 2);
        const given = [0, 1, 2].map((layer) => [0, 1, 2, 3].map((i) => 4 * layer + i));
        const forth = edges.filter(([from, to]) => layerOf[to] === layerOf[from]! + 1);
        const order = layeredOrder(layerOf, edges);
        expect(order.map((layer) => [...layer].sort((a, b) => a - b))).toEqual(given);
        expect(crossings(order, layerOf, forth)).toBeLessThanOrEqual(crossings(given, layerOf, forth));
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe("shortened()", () => {
  it("keeps both ends of a name, and whole characters", () => {
    expect(shortened("abcdefghij", 10)).toBe("abcdefghij");
    expect(shortened("abcdefghijk", 10)).toBe("abcde…hijk");
    expect([...shortened("🏀🏀🏀🏀🏀🏀", 4)]).toEqual(["🏀", "🏀", "…", "🏀"]);
  });
});
