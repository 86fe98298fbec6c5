/**
 * Parsers of option values. What they refuse is a usage error: exit 2, naming the value and what was expected.
 * @module
 */

import { InvalidArgumentError, Option } from "commander";
import { METHODS, type MethodId } from "../backtest/method-names.ts";
import { parseTimestamp, TIMESTAMP_FORMAT, type Timestamp } from "../calendar/timestamp.ts";
import { HOUR_MS, type WallHour, Zone } from "../calendar/zone.ts";
import { DEPLOY_SIZES } from "../events/deploy-sizes.ts";
import type { Change } from "../risk/change.ts";
import { StaffedHours } from "../windows/staffed-hours.ts";

function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

export const parseSeed = integerBetween(0, 2 ** 32 - 1);
export const parseHorizon = integerBetween(1, 1024);
export const parseWatchHours = integerBetween(1, 24);
export const parseAttributionHours = integerBetween(1, 720);
const parseContext = integerBetween(1, 16_384);
export const parseDays = integerBetween(1, 36_600);
export const parseFutureDays = integerBetween(0, 3660);
export const parseServices = integerBetween(1, 200);
export const parseCount = integerBetween(1, 100);
export const parseWeeks = integerBetween(1, 520);
export const parseTrees = integerBetween(10, 2000);

export const parseThreads = integerBetween(1, 256);
export const parseRuns = integerBetween(1, 1000);
/** A context, or `auto`. */
export const parseContextChoice = (text: string): number | "auto" => (text === "auto" ? text : parseContext(text));
export const parseContexts = listOf(parseContext);
export const parseBatches = listOf(integerBetween(1, 1024));

/** Values separated by commas. */
function listOf(parse: (text: string) => number): (text: string) => number[] {
  return (text) => text.split(",").map((part) => parse(part.trim()));
}

/** A probability or a share, 0 to 1. */
export function parseProbability(text: string): number {
  const value = Number(text);
  if (/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/** The share of changes to train on: enough to learn from, and some to score on. */
export function parseSplit(text: string): number {
  const share = parseProbability(text);
  if (share >= 0.5 && share <= 0.95) return share;
  throw new InvalidArgumentError("Expected a share from 0.5 to 0.95.");
}

/** Names of columns, separated by commas. */
export function parseColumns(text: string): readonly string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Fields of one change by name, such as `size=large,service=api`; a value may hold any sign but a comma. */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    if (at <= 0 || name === "") throw new InvalidArgumentError("Expected name=value, separated by commas.");
    if (fields.has(name)) throw new InvalidArgumentError(`Expected "${name}" once.`);
    fields.set(name, part.slice(at + 1).trim());
  }
  return fields;
}

/** One change, such as `size=large,critical=true`. */
export function parseChange(text: string): Change {
  const change: Change = {};
  for (const part of text.split(",")) {
    const [name, value, ...rest] = part.split("=").map((word) => word.trim());
    const size = DEPLOY_SIZES.find((known) => known === value);
    const anew = rest.length === 0 && !Object.hasOwn(change, name!);
    if (anew && name === "size" && size !== undefined) change.size = size;
    else if (anew && name === "critical" && (value === "true" || value === "false")) change.critical = value === "true";
    else
      throw new InvalidArgumentError(
        `Expected size=${DEPLOY_SIZES.join("|")} and critical=true|false, each at most once, separated by commas.`,
      );
  }
  return change;
}

/** Methods of a backtest, separated by commas; each counts once. */
export function parseMethods(text: string): readonly MethodId[] {
  const asked = new Set(text.split(",").map((name) => name.trim()));
  const known = METHODS.filter((method) => asked.has(method));
  if (known.length === asked.size) return known;
  throw new InvalidArgumentError(`Expected some of ${METHODS.join(", ")}, separated by commas.`);
}

/** An IANA time zone. */
function parseZone(text: string): Zone {
  const zone = Zone.known(text);
  if (zone !== undefined) return zone;
  throw new InvalidArgumentError('Expected an IANA time zone such as "Europe/Berlin" or "UTC".');
}

/** `--timezone`, UTC unless given. */
export function timezoneOption(): Option {
  return new Option("--timezone <zone>", "IANA time zone of the wall clock")
    .argParser(parseZone)
    .default(parseZone("UTC"), "UTC");
}

export function parseTime(text: string): Timestamp {
  const timestamp = parseTimestamp(text);
  if (timestamp !== undefined) return timestamp;
  throw new InvalidArgumentError(`Expected ${TIMESTAMP_FORMAT}.`);
}

/** A time, or a date for its midnight. */
export function parseTimeOrDate(text: string): Timestamp {
  const time = parseTimestamp(`${text} 00:00`) ?? parseTimestamp(text);
  if (time !== undefined) return time;
  throw new InvalidArgumentError(`Expected a date as "YYYY-MM-DD", or ${TIMESTAMP_FORMAT}.`);
}

/** A time, or `now`. */
export function parseOrigin(text: string): Timestamp | "now" {
  return text === "now" ? text : parseTime(text);
}

/** The hour of a day's midnight: events before 1970 cannot be loaded, nor any of years above 9999. */
export function parseDate(text: string): WallHour {
  const timestamp = parseTimestamp(`${text} 00:00`);
  if (timestamp?.kind === "wall" && text >= "1970" && text < "3000") return timestamp.wallMs / HOUR_MS;
  throw new InvalidArgumentError('Expected a date from 1970 to 2999, as "YYYY-MM-DD".');
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/;

/** A duration such as `2h`, `90m` or `1d12h`, in milliseconds; more than none. */
export function parseDuration(text: string): number {
  const [, days = "0", hours = "0", minutes = "0"] = DURATION.exec(text) ?? [];
  const durationMs = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
  if (durationMs > 0 && durationMs <= 366 * 24 * HOUR_MS) return durationMs;
  throw new InvalidArgumentError('Expected a duration such as "2h", "90m" or "1d12h".');
}

/** When people are there. */
export function parseStaffedHours(text: string): StaffedHours {
  const staffed = StaffedHours.parse(text);
  if (staffed !== undefined) return staffed;
  throw new InvalidArgumentError('Expected spans such as "Mon-Fri 09:00-17:00,Sat 10:00-12:00".');
}
