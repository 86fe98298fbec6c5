/** Names with few slips between them and what was asked for, closest first; at most three. */
export function closestNames(asked: string, names: Iterable<string>): string[] {
  const limit = Math.ceil(asked.length / 3);
  const target = asked.toLowerCase();
  const close: { name: string; slips: number }[] = [];
  for (const name of names) {
    if (Math.abs(name.length - asked.length) > limit) continue;
    const slips = editDistance(target, name.toLowerCase());
    if (slips <= limit && slips < asked.length) close.push({ name, slips });
  }
  close.sort((a, b) => a.slips - b.slips || (a.name < b.name ? -1 : 1));
  return close
    .filter(({ slips }) => slips <= close[0]!.slips + 1)
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * Fewest insertions, deletions and substitutions of a character that turn one text into another.
 * Source: Wagner & Fischer (1974), "The String-to-String Correction Problem", Journal of the ACM 21(1).
 */
export function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substituted = above[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[to.length]!;
}
