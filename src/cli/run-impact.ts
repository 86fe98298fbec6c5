import { basename, join } from "node:path";
import type { Zone } from "../calendar/zone.ts";
import { seededRandom } from "../chance/random.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { pngsOf } from "../emit/png.ts";
import { isThere } from "../files/is-there.ts";
import { impactDocument } from "../impact/document.ts";
import { type Failures, failuresOf } from "../impact/failures.ts";
import { type Impact, impactOf } from "../impact/impact.ts";
import { quoted } from "../load/bad-rows.ts";
import { loadDependencies } from "../load/load-dependencies.ts";
import { loadIncidents } from "../load/load-events.ts";
import { impactDot, impactMermaid, MERMAID_MOST } from "../render/impact-diagram.ts";
import { impactGraphSvg } from "../render/impact-graph.ts";
import { DEFAULT_DATA, type IMPACT_FORMATS } from "./defaults.ts";
import { checkNamed, systemOf } from "./find-service.ts";
import { impactTable } from "./impact-table.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";

export type ImpactOptions = {
  service: string;
  data?: string;
  dependencies?: string;
  system?: string;
  format: (typeof IMPACT_FORMATS)[number];
  timezone: Zone;
  out: string;
  quiet: boolean;
};

const DRAW_SEED = 1;

/** Prints which services a failure of one would reach, and writes their picture. */
export async function runImpact(options: ImpactOptions, io: Io): Promise<void> {
  const { service, data = DEFAULT_DATA, format } = options;
  const { progress, tell } = told(io, options.quiet);
  progress.step("reading dependencies and incidents");
  const source = options.dependencies ?? join(data, "dependencies.csv");
  const loaded = await loadDependencies(source, io.signal);
  const history = await historyOf(options, io);
  for (const notice of [...loaded.notices, ...history.notices]) tell(`note: ${notice}`);
  const system = systemOf(loaded.dependencies, service, options.system);
  if (system.inferred)
    tell(
      system.name === undefined
        ? `note: ${quoted(service)} is of no system: the dependencies of none are used alone`
        : `note: ${quoted(service)} is of system ${quoted(system.name)}, whose dependencies alone are used`,
    );
  checkNamed(service, system, history.failures?.onsets.keys() ?? []);
  await checkWritable(options.out);

  progress.step("drawing which dependencies carry the failure");
  const impact = impactOf(system.dependencies, history.failures, service, seededRandom(DRAW_SEED, 0));
  const basis = basisOf(impact, history.failures);
  if (!impact.learned) tell(`note: ${basis}`);
  if (format === "mermaid" && impact.services.length > MERMAID_MOST)
    tell(`note: the diagram holds about ${MERMAID_MOST} of ${impact.services.length} services, the likeliest`);
  const summary = summaryOf(impact);
  const svg = impactGraphSvg(
    impact,
    [summary, capitalised(basis)],
    [basename(source), system.name ?? []].flat().join(" · "),
  );
  await writeAll(options.out, await pngsOf({ "impact.png": svg }), io.signal);

  progress.done();
  const print: Record<typeof format, () => string> = {
    table: () => impactTable(impact),
    json: () => `${JSON.stringify(impactDocument(impact, history.failures, system.name), null, 2)}\n`,
    dot: () => impactDot(impact),
    mermaid: () => impactMermaid(impact),
  };
  io.stdout.write(print[format]());
  tell(`\n${summary}\nWrote impact.png to ${options.out}`);
}

/** What the folder tells of failures; one that was not asked for by name may be absent where dependencies are given. */
async function historyOf(
  { data, dependencies, timezone }: ImpactOptions,
  io: Io,
): Promise<{ failures: Failures | undefined; notices: string[] }> {
  const folder = data ?? DEFAULT_DATA;
  if (data === undefined && dependencies !== undefined && !(await isThere(folder)))
    return { failures: undefined, notices: [] };
  const { incidents = [], notices } = await loadIncidents(folder, timezone, { signal: io.signal });
  return { failures: failuresOf(incidents), notices };
}

function basisOf(impact: Impact, failures: Failures | undefined): string {
  if (impact.learned) return `chances learned from ${Math.round(failures!.spanHours / 24)} days of incidents`;
  const lack = failures === undefined ? "no incident names a service" : "no incident is of a service that others need";
  return `${lack}: every dependency carries a failure with even odds`;
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function summaryOf({ services, unlikely, others, expectedServices }: Impact): string {
  const most = services.length + unlikely;
  return most === 0
    ? "No other service needs it: the failure stays where it is"
    : `The failure reaches ${expectedServices.toFixed(1)} of ${others} other ${others === 1 ? "service" : "services"} on average, ${most} at most`;
}
