import { ranked } from "./scores.ts";

/**
 * Share of all of `truth` that lies in what is riskiest by `ranking`, until a share of the whole cost is spent.
 *
 * @param truth   [count] incidents expected in each hour, say
 * @param ranking [count] higher is riskier; ties share their place, so that a flat ranking captures just `share`. What straddles
 *   the limit counts in proportion
 * @param share   0..1 of the total cost
 * @param costs   [count] of looking at each, above 0; unless given each costs the same
 */
export function captured(
  truth: ArrayLike<number>,
  ranking: ArrayLike<number>,
  share: number,
  costs: ArrayLike<number> = new Uint8Array(truth.length).fill(1),
): number {
  const order = ranked(ranking);
  const total = (values: ArrayLike<number>, indices: readonly number[]) =>
    indices.reduce((sum, i) => sum + values[i]!, 0);
  let left = share * total(costs, order);
  let found = 0;
  for (let from = 0; from < order.length && left > 0; ) {
    let to = from;
    while (to < order.length && ranking[order[to]!] === ranking[order[from]!]) to += 1;
    const tied = order.slice(from, to);
    const cost = total(costs, tied);
    found += total(truth, tied) * Math.min(1, left / cost);
    left -= cost;
    from = to;
  }
  return found / total(truth, order);
}
