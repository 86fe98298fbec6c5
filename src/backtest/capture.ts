/**
 * Share of all that `truth` expects which lies in the riskiest hours by `ranking`.
 *
 * @param truth   [hours] expected incidents
 * @param ranking [hours] higher is riskier; ties share their place, so that a flat ranking captures just `share`
 * @param share   0..1 of the hours
 */
export function captured(truth: readonly number[], ranking: readonly number[], share: number): number {
  const order = truth.map((_, i) => i).sort((a, b) => ranking[b]! - ranking[a]!);
  let left = share * truth.length;
  let found = 0;
  for (let from = 0; from < order.length && left > 0; ) {
    let to = from;
    while (to < order.length && ranking[order[to]!] === ranking[order[from]!]) to += 1;
    const tied = order.slice(from, to).reduce((sum, i) => sum + truth[i]!, 0);
    found += tied * Math.min(1, left / (to - from));
    left -= to - from;
    from = to;
  }
  return found / truth.reduce((sum, value) => sum + value, 0);
}
