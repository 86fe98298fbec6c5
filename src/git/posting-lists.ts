/** Lists of small non-negative integers, all in one pool: 8 bytes an entry, whatever the number of lists. */
export class PostingLists {
  /** [lists] place of the last entry, -1 for none */
  readonly #last: number[] = [];
  /** [lists] */
  readonly #sizes: number[] = [];
  /** [entries] */
  #values = new Int32Array(1024);
  /** [entries] place of the entry before it in its list, -1 for none */
  #previous = new Int32Array(1024);
  /** [values] the count in which the value was last met */
  #metIn = new Int32Array(1024);
  #entries = 0;
  #counts = 0;

  /** @param list any; lists up to it come into being, empty */
  add(list: number, value: number): void {
    while (this.#last.length <= list) {
      this.#last.push(-1);
      this.#sizes.push(0);
    }
    this.#values = withRoom(this.#values, this.#entries);
    this.#previous = withRoom(this.#previous, this.#entries);
    this.#metIn = withRoom(this.#metIn, value);
    this.#values[this.#entries] = value;
    this.#previous[this.#entries] = this.#last[list]!;
    this.#last[list] = this.#entries;
    this.#sizes[list]! += 1;
    this.#entries += 1;
  }

  /** The values of a list, the last first. */
  *valuesOf(list: number): Generator<number> {
    for (let at = this.#last[list] ?? -1; at >= 0; at = this.#previous[at]!) yield this.#values[at]!;
  }

  lastOf(list: number): number | undefined {
    const at = this.#last[list] ?? -1;
    return at < 0 ? undefined : this.#values[at];
  }

  has(list: number, value: number): boolean {
    for (let at = this.#last[list] ?? -1; at >= 0; at = this.#previous[at]!) {
      if (this.#values[at] === value) return true;
    }
    return false;
  }

  /**
   * How many different values the lists hold together. Linear in their entries; one list takes no time.
   *
   * @param lists none of which holds a value twice
   */
  countDistinct(lists: readonly number[]): number {
    if (lists.length === 1) return this.#sizes[lists[0]!] ?? 0;
    this.#counts += 1;
    let distinct = 0;
    for (const list of lists) {
      for (let at = this.#last[list] ?? -1; at >= 0; at = this.#previous[at]!) {
        const value = this.#values[at]!;
        if (this.#metIn[value] === this.#counts) continue;
        this.#metIn[value] = this.#counts;
        distinct += 1;
      }
    }
    return distinct;
  }
}

function withRoom(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const larger = new Int32Array(Math.max(index + 1, 2 * array.length));
  larger.set(array);
  return larger;
}
