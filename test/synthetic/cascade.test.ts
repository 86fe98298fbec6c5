import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { callsInto, drawCascade, reachOf } from "../../src/synthetic/cascade.ts";
import type { Call } from "../../src/synthetic/services.ts";

/** 1 and 2 call 0, 3 calls both: two ways from 0 to 3, which a failure of 0 may take. */
const DIAMOND: Call[] = [
  { caller: 1, callee: 0, propagation: 0.5 },
  { caller: 2, callee: 0, propagation: 0.2 },
  { caller: 3, callee: 1, propagation: 0.6 },
  { caller: 3, callee: 2, propagation: 0.3 },
];
const random = () => seededRandom(5, 1);

describe("drawCascade()", () => {
  it("follows calls from callee to caller alone", () => {
    const sure = DIAMOND.map((call) => ({ ...call, propagation: 1 }));
    const reachedFrom = (first: number) =>
      drawCascade(random(), first, callsInto(4, sure)).map(({ service }) => service);
    expect(reachedFrom(0).sort()).toEqual([1, 2, 3]);
    expect(reachedFrom(1)).toEqual([3]);
    expect(reachedFrom(3)).toEqual([]);
  });

  it("takes one to eight minutes a call", () => {
    const chain = [1, 2, 3].map((caller) => ({ caller, callee: caller - 1, propagation: 1 }));
    const draw = random();
    const seen = new Set<number>();
    for (let i = 0; i < 500; i += 1) {
      const minutes = [0, ...drawCascade(draw, 0, callsInto(4, chain)).map((hit) => hit.minutes)];
      minutes.slice(1).forEach((at, hop) => {
        seen.add(at - minutes[hop]!);
      });
    }
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("ends on a cycle", () => {
    const cycle = [0, 1, 2].map((callee) => ({ caller: (callee + 1) % 3, callee, propagation: 1 }));
    expect(drawCascade(random(), 0, callsInto(3, cycle)).map(({ service }) => service)).toEqual([1, 2]);
  });
});

describe("reachOf()", () => {
  it("counts the chances that all ways together give", () => {
    const { probabilities, hits, minutes } = reachOf(random(), 0, callsInto(4, DIAMOND));
    // 3 is spared unless 1 fails and passes it on (.3), or 2 does (.06): 1 − .7·.94.
    const expected = [0, 0.5, 0.2, 0.342];
    expected.forEach((chance, service) => {
      const error = 4 * Math.sqrt((chance * (1 - chance)) / 5000);
      expect(Math.abs(probabilities[service]! - chance)).toBeLessThanOrEqual(error);
    });
    expect(hits).toBeCloseTo(probabilities[1]! + probabilities[2]! + probabilities[3]!, 12);
    // 4.5 minutes to 1 and to 2, twice as many to 3; 4 standard errors are about 0.4 minutes.
    expect(Math.abs(minutes - (0.7 * 4.5 + 0.342 * 9))).toBeLessThan(0.4);
  });
});
