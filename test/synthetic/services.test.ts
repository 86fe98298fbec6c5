import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { DEPLOYMENT_TYPES, ENVIRONMENTS, TROUBLE } from "../../src/synthetic/service-scenario.ts";
import { drawServices } from "../../src/synthetic/services.ts";

const drawn = (count: number, seed = 1) => drawServices(seededRandom(seed, 1), count);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("drawServices()", () => {
  it.each([1, 2, 12, 40, 41, 200])("draws %i services, each with a name of its own", (count) => {
    const names = drawn(count).services.map(({ name }) => name);
    expect(new Set(names).size).toBe(count);
    expect(names[0]).toBe("api-gateway");
    if (count > 40) expect(names[40]).toBe("api-gateway-2");
  });

  it.each([1, 2, 12, 200])("leaves the platform's chance to fail as it is, for %i services", (count) => {
    const { services } = drawn(count);
    expect(sum(services.map(({ deployShare }) => deployShare))).toBeCloseTo(1, 12);
    expect(sum(services.map(({ deployShare, failureFactor }) => deployShare * failureFactor))).toBeCloseTo(1, 12);
  });

  it.each([1, 2, 3, 12, 60, 200])("draws the calls of %i services without a cycle, a repetition or a loop", (count) => {
    const { calls } = drawn(count);
    expect(new Set(calls.map(({ caller, callee }) => `${caller} ${callee}`)).size).toBe(calls.length);
    // Kahn (1962): services whose callers are all taken away can be taken away in turn, down to the last.
    let left = Array.from({ length: count }, (_, service) => service);
    for (let before = count + 1; left.length < before; ) {
      before = left.length;
      left = left.filter((service) => calls.some(({ caller, callee }) => callee === service && left.includes(caller)));
    }
    expect(left).toEqual([]);
    for (const { propagation } of calls)
      expect((propagation >= 0.25 && propagation < 0.5) || (propagation >= 0.01 && propagation < 0.06)).toBe(true);
  });

  it("leaves no service alone, and calls some from many others", () => {
    for (const count of [2, 12, 200]) {
      const { calls } = drawn(count);
      const touched = new Set(calls.flatMap(({ caller, callee }) => [caller, callee]));
      expect(touched.size).toBe(count);
      expect(calls.length / count).toBeLessThan(2.6);
    }
    const callers = new Map<number, number>();
    for (const { callee } of drawn(200).calls) callers.set(callee, (callers.get(callee) ?? 0) + 1);
    expect(Math.max(...callers.values())).toBeGreaterThan(10);
    expect(drawn(1).calls).toEqual([]);
  });

  it("makes services differ, and those riskier that call many or that many call", () => {
    const drawnServices: { log: number; callers: number; callees: number }[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const { services, calls } = drawn(100, seed);
      const factors = services.map(({ failureFactor }) => failureFactor);
      expect(Math.max(...factors)).toBeGreaterThan(1.7);
      expect(Math.min(...factors)).toBeLessThan(0.5);
      factors.forEach((factor, service) => {
        const callers = calls.filter(({ callee }) => callee === service).length;
        const callees = calls.filter(({ caller }) => caller === service).length;
        drawnServices.push({ log: Math.log(factor), callers, callees });
      });
    }
    const mean = (of: typeof drawnServices) => {
      expect(of.length).toBeGreaterThan(150);
      return sum(of.map(({ log }) => log)) / of.length;
    };
    // Each difference has a standard error of about 0.5·√(1/n + 1/m) < 0.05.
    const uncalling = drawnServices.filter(({ callees }) => callees === 0);
    const calledByMany = uncalling.filter(({ callers }) => callers >= 8);
    const calledByFew = uncalling.filter(({ callers }) => callers <= 3);
    expect(mean(calledByMany) - mean(calledByFew)).toBeGreaterThan(0.15);
    const callingMany = drawnServices.filter(({ callers, callees }) => callers <= 1 && callees >= 3);
    const callingOne = drawnServices.filter(({ callers, callees }) => callers <= 1 && callees === 1);
    expect(mean(callingMany) - mean(callingOne)).toBeGreaterThan(0.1);
  });

  it("differs by seed and not between runs", () => {
    expect(drawn(12)).toEqual(drawn(12));
    expect(drawn(12, 2)).not.toEqual(drawn(12));
  });
});

describe("the scenario of services", () => {
  it.each([
    ["deployment types", DEPLOYMENT_TYPES.map(([{ factor }, share]) => [factor, share] as const)],
    ["environments", ENVIRONMENTS.map(([{ factor }, share]) => [factor, share] as const)],
    [
      "spells",
      [
        [TROUBLE.troubledFactor, TROUBLE.share],
        [TROUBLE.soundFactor, 1 - TROUBLE.share],
      ] as const,
    ],
  ])("has factors of mean 1 for %s", (_, parts) => {
    expect(sum(parts.map(([, share]) => share))).toBeCloseTo(1, 12);
    expect(sum(parts.map(([factor, share]) => factor * share))).toBeCloseTo(1, 12);
  });
});
