import { basename } from "node:path";
import { type Dependency, dependencySchema } from "../events/dependency.ts";
import { isThere } from "../files/is-there.ts";
import { counted } from "../naming/counted.ts";
import { absent, loadError, quoted } from "./bad-rows.ts";
import { loadTable, noticesOf } from "./load-table.ts";

/** The dependencies between services, each once, none of a service on itself. */
export type LoadedDependencies = {
  dependencies: Dependency[];
  /** sentences for people: what was left out */
  notices: string[];
};

const REQUIRED = ["caller", "callee"];

/**
 * Loads and validates a dependencies.csv.
 *
 * @throws {UserError} exit 3 if there is no such file, or with its first bad rows, by line, column and value
 */
export async function loadDependencies(path: string, signal?: AbortSignal): Promise<LoadedDependencies> {
  if (!(await isThere(path))) throw loadError([absent(path)]);
  const spec = { schema: dependencySchema, required: REQUIRED, known: [...REQUIRED, "system"] };
  const table = await loadTable(path, spec, signal);
  if (table.fault !== undefined) throw loadError([table.fault]);
  const name = basename(path);
  const notices = noticesOf(name, table);
  const unlike = table.rows.filter(({ caller, callee }) => caller !== callee);
  const onItself = table.rows.length - unlike.length;
  if (onItself > 0) {
    const first = table.rows.find(({ caller, callee }) => caller === callee)!;
    notices.push(
      `${name}: ${counted(onItself, "dependency", "dependencies")} of a service on itself, such as ${quoted(first.caller)}, left out`,
    );
  }
  const byEnds = new Map(unlike.map((row) => [JSON.stringify([row.system, row.caller, row.callee]), row]));
  const repeated = unlike.length - byEnds.size;
  if (repeated > 0)
    notices.push(`${name}: ${counted(repeated, "dependency", "dependencies")} named before, counted once`);
  return { dependencies: [...byEnds.values()], notices };
}
