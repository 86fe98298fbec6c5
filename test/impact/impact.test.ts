import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { chanceLabel } from "../../src/impact/chance-label.ts";
import { ImpactDocument, impactDocument } from "../../src/impact/document.ts";
import { failuresOf } from "../../src/impact/failures.ts";
import { impactOf } from "../../src/impact/impact.ts";
import { incident } from "../risk/events.ts";
import { dependenciesOf } from "./graphs.ts";
import { cascadesOf } from "./histories.ts";

const boutique = readFileSync(new URL("../fixtures/dependencies/online-boutique.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((row) => {
    const [caller, callee] = row.split(",");
    return { caller: caller!, callee: callee! };
  });
const impactOn = (ways: string, service: string, failures = failuresOf([])) =>
  impactOf(dependenciesOf(ways), failures, service, seededRandom(1, 0));

describe("impactOf()", () => {
  it("ranks the services of a real system, at even odds without a history", () => {
    const impact = impactOf(boutique, undefined, "redis-cart", seededRandom(1, 0));
    expect(impact.services.map(({ name, hops, path }) => [name, hops, path.join(" ")])).toEqual([
      ["cartservice", 1, "redis-cart cartservice"],
      ["frontend", 2, "redis-cart cartservice frontend"],
      ["checkoutservice", 2, "redis-cart cartservice checkoutservice"],
      ["loadgenerator", 3, "redis-cart cartservice frontend loadgenerator"],
    ]);
    // frontend needs cartservice itself and by way of checkoutservice: ½·(1 − ½·¾)
    for (const [i, exact] of [0.5, 0.5 * 0.625, 0.25, 0.25 * 0.625].entries())
      expect(impact.services[i]!.chance).toBeCloseTo(exact, 2);
    expect(impact).toMatchObject({ others: 12, unlikely: 0, learned: false, incidents: undefined, coFailures: [] });
    expect(impact.expectedServices).toBeCloseTo(0.5 + 0.3125 + 0.25 + 0.15625, 2);
    expect(impact.edges).toHaveLength(5);
  });

  it("goes around cycles, and never back into the service that failed", () => {
    const { services, edges } = impactOn("db>a a>b b>a b>db", "db");
    expect(services.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(edges.map(({ callee, caller }) => `${callee}>${caller}`)).toEqual(["a>b", "b>a", "db>a"]);
  });

  it("reaches nothing from a service that none needs, nor from one that the history alone names", () => {
    expect(impactOn("db>api", "api")).toMatchObject({ services: [], edges: [], expectedServices: 0, others: 1 });
    const failures = failuresOf([incident("2024-01-01 00:00", { service: "batch" })]);
    expect(impactOn("db>api", "batch", failures)).toMatchObject({ services: [], others: 2, draws: 0, incidents: 1 });
  });

  it("counts the services that no draw reached", () => {
    const chain = Array.from({ length: 300 }, (_, i) => `s${i}>s${i + 1}`).join(" ");
    const { services, unlikely } = impactOn(chain, "s0");
    expect(services.length + unlikely).toBe(300);
    expect(unlikely).toBeGreaterThan(250);
  });

  it("learns from the history, and tells apart what fails together without a dependency", () => {
    const truth = { "db>api": 0.9, "api>web": 0.1, "idle>idler": 0.5 };
    const ways = Object.keys(truth).join(" ");
    const history = cascadesOf(dependenciesOf(ways), { truth, days: 600, perDay: 0.1, seed: 4 });
    const twins = history
      .filter(({ service }) => service === "db")
      .map((of) => ({ ...of, service: "twin", timestamp: of.timestamp + 60_000 }));
    const all = [...history, ...twins].sort((a, b) => a.timestamp - b.timestamp);
    const impact = impactOn(ways, "db", failuresOf(all));
    expect(impact.learned).toBe(true);
    expect(impact.services.map(({ name }) => name)).toEqual(["api", "web"]);
    expect(impact.services[0]!.chance).toBeGreaterThan(0.8);
    expect(impact.services[1]!.chance).toBeLessThan(0.25);
    expect(impact.services[0]!.incidents).toBe(all.filter(({ service }) => service === "api").length);
    expect(impact.coFailures.map(({ service }) => service)).toEqual(["twin"]);
    // What a service needs is no riddle either.
    expect(impactOn(ways, "api", failuresOf(history)).coFailures).toEqual([]);
  });
});

describe("impactDocument()", () => {
  it("is what its schema says, with a history and without", () => {
    const failures = failuresOf([incident("2024-01-01 00:00", { service: "db" })]);
    for (const history of [undefined, failures]) {
      const document = impactDocument(impactOn("db>api api>web", "db", history), history, history && "shop");
      expect(ImpactDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
      expect(document).toMatchObject({ schemaVersion: 1, service: "db", otherServices: 2 });
      expect(document.services.map(({ service, via }) => [service, via])).toEqual([
        ["api", "db"],
        ["web", "api"],
      ]);
    }
    const document = impactDocument(impactOn("db>api", "db", failures), failures, "shop");
    expect(document).toMatchObject({
      system: "shop",
      history: { hours: 2, incidents: 1 },
      chances: { from: "history" },
    });
    expect(impactDocument(impactOn("db>api", "db"), undefined, undefined)).toMatchObject({
      system: null,
      history: null,
      chances: { from: "prior", pooled: 0.5 },
    });
  });
});

describe("chanceLabel()", () => {
  it.each([
    [0.004, "< 1 %"],
    [0.005, "1 %"],
    [0.634, "63 %"],
    [0.994, "99 %"],
    [1, "> 99 %"],
  ])("%d is %s", (chance, label) => {
    expect(chanceLabel(chance)).toBe(label);
  });
});
