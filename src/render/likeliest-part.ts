import type { Impact, ReachedEdge, ReachedService } from "../impact/impact.ts";

export type LikeliestPart = {
  /** likeliest first, and those on their likeliest ways */
  services: ReachedService[];
  /** between those services and the failed one */
  edges: ReachedEdge[];
  /** services reached that are left out */
  leftOut: number;
};

/**
 * As much of an impact as a picture has room for: the likeliest services with the ways that lead to them.
 *
 * @param most  how many services
 * @param least chance of those that are there for their own sake
 */
export function likeliestPart({ service, services, edges }: Impact, most: number, least = 0): LikeliestPart {
  const kept = new Set([service]);
  for (const { path, chance } of services) {
    if (chance < least) break;
    const missing = path.filter((name) => !kept.has(name));
    if (kept.size - 1 + missing.length <= most) for (const name of missing) kept.add(name);
  }
  const part = services.filter(({ name }) => kept.has(name));
  return {
    services: part,
    edges: edges.filter(({ callee, caller }) => kept.has(callee) && kept.has(caller)),
    leftOut: services.length - part.length,
  };
}
