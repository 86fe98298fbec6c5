import { exp, integerBelow, pick, poisson, type Random, standardNormal } from "../chance/random.ts";
import { CALLS, COUPLING, DEPTH_DECAY, namedService, PROPAGATION, SPREAD } from "./service-scenario.ts";

export type Service = {
  name: string;
  /** of the platform's deploys; shares sum to 1 */
  deployShare: number;
  /** on the chance that a deploy fails; averaged over deploys it is 1 */
  failureFactor: number;
  /** on the time that a deploy takes */
  durationFactor: number;
};

/** Who calls whom, by place in the list of services. */
export type Call = {
  caller: number;
  callee: number;
  /** chance that a failure of the callee fails the caller */
  propagation: number;
};

/**
 * Draws services and their calls. The calls have no cycle, and reach every service that has a shallower one.
 *
 * @param count at least 1
 */
export function drawServices(random: Random, count: number): { services: Service[]; calls: Call[] } {
  const names = Array.from({ length: count }, (_, index) => namedService(index));
  const calls = drawCalls(
    random,
    names.map(({ depth }) => depth),
  );
  const couplings = new Float64Array(count).fill(1);
  for (const { caller, callee } of calls) {
    couplings[caller]! += COUPLING.callee;
    couplings[callee]! += COUPLING.caller;
  }
  const raw = names.map(({ name }, index) => ({
    name,
    deploys: logNormal(random, SPREAD.deploys),
    failure: couplings[index]! * logNormal(random, SPREAD.failure),
    durationFactor: logNormal(random, SPREAD.duration),
  }));
  const deploys = raw.reduce((sum, service) => sum + service.deploys, 0);
  const failures = raw.reduce((sum, service) => sum + service.deploys * service.failure, 0);
  return {
    services: raw.map(({ name, durationFactor, ...own }) => ({
      name,
      deployShare: own.deploys / deploys,
      failureFactor: own.failure / (failures / deploys),
      durationFactor,
    })),
    calls,
  };
}

/**
 * Calls into deeper services, the nearer and the more often called the likelier, which makes hubs.
 * Source: Barabási & Albert (1999), "Emergence of Scaling in Random Networks", Science 286(5439).
 *
 * @param depths [services]
 */
function drawCalls(random: Random, depths: readonly number[]): Call[] {
  const calls: Call[] = [];
  const callers = new Int32Array(depths.length);
  const add = (caller: number, callee: number) => {
    callers[callee]! += 1;
    calls.push({ caller, callee, propagation: drawPropagation(random) });
  };
  const weightOf = (caller: number, callee: number) => {
    let weight = 1 + callers[callee]!;
    for (let depth = depths[caller]! + 1; depth < depths[callee]!; depth += 1) weight *= DEPTH_DECAY;
    return weight;
  };
  depths.forEach((depth, caller) => {
    const deeper = [...depths.keys()].filter((callee) => depths[callee]! > depth);
    const wanted = CALLS.least + poisson(random, CALLS.meanMore);
    for (let left = Math.min(wanted, deeper.length); left > 0; left -= 1) {
      const callee = pickWeighted(random, deeper, (service) => weightOf(caller, service));
      deeper.splice(deeper.indexOf(callee), 1);
      add(caller, callee);
    }
  });
  depths.forEach((depth, callee) => {
    const shallower = [...depths.keys()].filter((caller) => depths[caller]! < depth);
    if (callers[callee] === 0 && shallower.length > 0) add(shallower[integerBelow(random, shallower.length)]!, callee);
  });
  return calls;
}

function drawPropagation(random: Random): number {
  const [low, high] = random() < PROPAGATION.hardShare ? PROPAGATION.hard : PROPAGATION.soft;
  return low + (high - low) * random();
}

function pickWeighted<T>(random: Random, values: readonly T[], weightOf: (value: T) => number): T {
  const weights = values.map(weightOf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return pick(
    random,
    values.map((value, i) => [value, weights[i]! / total] as const),
  );
}

/** A log-normal value of median 1, within two standard deviations. */
function logNormal(random: Random, deviation: number): number {
  return exp(deviation * Math.max(-2, Math.min(2, standardNormal(random))));
}
