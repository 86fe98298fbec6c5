import { type Timestamp, wallText } from "../calendar/timestamp.ts";
import type { Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * The instant of a time given on the command line, the clock's where none is.
 *
 * @param zone of a time without an offset
 * @throws {UserError} exit 2 if clocks skip it
 */
export function instantOf(time: Timestamp | undefined, zone: Zone, io: Io): number {
  if (time === undefined) return io.now();
  if (time.kind === "instant") return time.epochMs;
  const instant = zone.instantAt(time.wallMs);
  if (instant !== undefined) return instant;
  throw new UserError(`Cannot use "${wallText(time.wallMs)}": clocks in ${zone.id} skip that time`, ExitCode.usage);
}
