import { chanceLabel } from "../impact/chance-label.ts";
import type { Impact } from "../impact/impact.ts";
import { aligned } from "./aligned.ts";
import { oneLine } from "./printable.ts";

const HEAD = ["service", "chance", "hops", "via", "incidents"];
const WORDS = new Set([0, 3]);

/** The services reached, likeliest first, and the hints. */
export function impactTable({ services, coFailures }: Impact): string {
  const rows = services.map(({ name, chance, hops, path, incidents }) => [
    name,
    chanceLabel(chance),
    String(hops),
    between(path),
    incidents === undefined ? "–" : String(incidents),
  ]);
  const hint = coFailures.map(
    ({ service, together, expected }) =>
      `  ${oneLine(service)}: ${together} times, ${expected.toFixed(1)} expected by chance`,
  );
  return [
    ...(rows.length === 0 ? ["No other service is reached."] : aligned([HEAD, ...rows], WORDS)),
    ...(hint.length === 0 ? [] : ["", "Fail together with it, though no dependency joins them:", ...hint]),
    "",
  ].join("\n");
}

const LONGEST_WAY = 3;

/** Services on the way, the ends left out. */
function between(path: readonly string[]): string {
  const inner = path.slice(1, -1);
  if (inner.length === 0) return "directly";
  return (inner.length > LONGEST_WAY ? [inner[0]!, "…", inner.at(-1)!] : inner).join(" → ");
}
