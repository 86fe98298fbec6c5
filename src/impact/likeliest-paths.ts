import type { ServiceGraph } from "./graph.ts";

/**
 * The way by which a failure is most likely to arrive at each service: the path with the largest product of chances.
 * Source: Dijkstra (1959), "A Note on Two Problems in Connexion with Graphs", Numerische Mathematik 1, with a binary heap.
 *
 * @param chance [edges] above 0
 * @returns [services] the service before it on that path; -1 for the source and where there is no path
 */
export function likeliestBefore(graph: ServiceGraph, chance: Float64Array, source: number): Int32Array {
  const { services, caller, firstEdge } = graph;
  const before = new Int32Array(services.length).fill(-1);
  const best = new Float64Array(services.length).fill(Infinity); // of −ln chance, which does not vanish on long paths
  const done = new Uint8Array(services.length);
  const heap = new Heap();
  best[source] = 0;
  heap.push({ service: source, cost: 0 });
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const { service } = top;
    if (done[service] === 1) continue;
    done[service] = 1;
    for (let edge = firstEdge[service]!; edge < firstEdge[service + 1]!; edge += 1) {
      const next = caller[edge]!;
      const along = best[service]! - Math.log(chance[edge]!);
      if (along >= best[next]!) continue;
      best[next] = along;
      before[next] = service;
      heap.push({ service: next, cost: along });
    }
  }
  return before;
}

/** Services from the source to `target`, both among them, by `likeliestBefore`. */
export function pathTo(before: Int32Array, target: number): number[] {
  const path = [target];
  for (let service = before[target]!; service !== -1; service = before[service]!) path.push(service);
  return path.reverse();
}

type Entry = { service: number; cost: number };

/** A binary heap with the least cost on top. */
class Heap {
  readonly #entries: Entry[] = [];

  push(entry: Entry): void {
    const entries = this.#entries;
    entries.push(entry);
    for (let i = entries.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (entries[parent]!.cost <= entries[i]!.cost) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  pop(): Entry | undefined {
    const entries = this.#entries;
    if (entries.length <= 1) return entries.pop();
    const top = entries[0]!;
    entries[0] = entries.pop()!;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < entries.length && entries[child]!.cost < entries[least]!.cost) least = child;
      if (least === i) return top;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(i: number, j: number): void {
    [this.#entries[i], this.#entries[j]] = [this.#entries[j]!, this.#entries[i]!];
  }
}
