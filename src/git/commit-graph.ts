const INDEXED_DIGITS = 7;
const MAINLINE = 1;
const BRANCH = 2;

/** The commits seen so far, numbered from 0 in an order that has parents before children. */
export class CommitGraph {
  /** numbers by the first digits of the hash, which a mention has at least */
  readonly #byPrefix = new Map<string, number[]>();
  readonly #shas: string[] = [];
  /** [commits] numbers of the parents, the mainline's first */
  readonly #parents: (readonly number[])[] = [];

  /** @returns the commit's number */
  add(sha: string, parents: readonly string[]): number {
    const index = this.#shas.length;
    this.#parents.push(parents.flatMap((parent) => this.find(parent) ?? [])); // a shallow clone lacks some
    this.#shas.push(sha);
    const prefix = sha.slice(0, INDEXED_DIGITS);
    const alike = this.#byPrefix.get(prefix);
    if (alike === undefined) this.#byPrefix.set(prefix, [index]);
    else alike.push(index);
    return index;
  }

  /** @param hash at least 7 digits; undefined where no commit, or more than one, begins with it */
  find(hash: string): number | undefined {
    const alike = this.#byPrefix.get(hash.slice(0, INDEXED_DIGITS))?.filter((i) => this.#shas[i]!.startsWith(hash));
    return alike?.length === 1 ? alike[0] : undefined;
  }

  isMerge(commit: number): boolean {
    return this.#parents[commit]!.length > 1;
  }

  /**
   * The commits that a merge brought in: those that lead to its other parents and not to its first, newest first.
   *
   * @param isRecent true for commits from some number on: the walk ends with them
   */
  *broughtInBy(merge: number, isRecent: (commit: number) => boolean): Generator<number> {
    /** what the commits not yet passed lead to */
    const sides = new Map<number, number>();
    let onBranchAlone = 0;
    const reach = (commit: number, side: number) => {
      const before = sides.get(commit) ?? 0;
      const after = before | side;
      onBranchAlone += Number(after === BRANCH) - Number(before === BRANCH);
      sides.set(commit, after);
    };
    this.#parents[merge]!.forEach((parent, i) => {
      reach(parent, i === 0 ? MAINLINE : BRANCH);
    });
    for (let commit = merge - 1; onBranchAlone > 0 && isRecent(commit); commit -= 1) {
      const side = sides.get(commit);
      if (side === undefined) continue;
      if (side === BRANCH) {
        onBranchAlone -= 1;
        yield commit;
      }
      sides.delete(commit);
      for (const parent of this.#parents[commit]!) reach(parent, side);
    }
  }
}
