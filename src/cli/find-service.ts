import { ExitCode, UserError } from "../errors.ts";
import type { Dependency } from "../events/dependency.ts";
import { listed, quoted } from "../load/bad-rows.ts";
import { closestNames } from "../naming/closest-names.ts";

/** The system whose dependencies a question is about. */
export type System = {
  /** undefined where the file tells no systems apart */
  name: string | undefined;
  dependencies: Dependency[];
  /** whether it was chosen by the service, of several */
  inferred: boolean;
};

/**
 * Picks the system of a service: services of one name in two systems are two services.
 *
 * @param asked the system's name, where the user gave one; empty for dependencies of no system
 * @throws {UserError} exit 3 if there is no such system, or several have a service of that name
 */
export function systemOf(dependencies: readonly Dependency[], service: string, asked: string | undefined): System {
  const of = (name: string | undefined) => dependencies.filter(({ system }) => system === name);
  const systems = new Set(dependencies.map(({ system }) => system));
  const names = [...systems].filter((name) => name !== undefined).sort();
  if (asked !== undefined) {
    const name = asked === "" ? undefined : asked;
    if (systems.has(name)) return { name, dependencies: of(name), inferred: false };
    throw new UserError(
      `Cannot find system "${asked}": no dependency is of it`,
      ExitCode.data,
      names.length === 0 ? 'the file has no "system" column; leave --system out' : suggestion(asked, names),
    );
  }
  const owners = new Set(
    dependencies.filter(({ caller, callee }) => caller === service || callee === service).map(({ system }) => system),
  );
  if (owners.size > 1) {
    const several = [...owners].map((name) => name ?? "").sort();
    throw new UserError(
      `Cannot tell which service "${service}" is meant: ${owners.size} systems have one`,
      ExitCode.data,
      `name one with --system: ${listed(several)}`,
    );
  }
  if (owners.size === 0) return { name: undefined, dependencies: [...dependencies], inferred: false };
  const [name] = owners;
  return { name, dependencies: of(name), inferred: systems.size > 1 };
}

/**
 * @param named services that the history names
 * @throws {UserError} exit 3 if neither a dependency nor the history names the service
 */
export function checkNamed(service: string, { name, dependencies }: System, named: Iterable<string>): void {
  const known = new Set([...dependencies.flatMap(({ caller, callee }) => [caller, callee]), ...named]);
  if (known.has(service)) return;
  throw new UserError(
    `Cannot find service "${service}": no dependency${name === undefined ? "" : ` of system ${quoted(name)}`} and no incident names it`,
    ExitCode.data,
    known.size === 0 ? "no service is named at all" : suggestion(service, [...known].sort()),
  );
}

const SHOWN = 10;

/** What to say to a name that is not known: the closest, or the first of those that are. */
export function suggestion(asked: string, names: readonly string[]): string {
  const close = closestNames(asked, names);
  if (close.length > 0) return `did you mean ${listed(close)}?`;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `known are ${listed(names.slice(0, SHOWN))}${more}`;
}
