/**
 * Which columns of a table of changes are what.
 * @module
 */

import type { Column } from "../change/change-table.ts";
import { ExitCode, UserError } from "../errors.ts";
import { closestNames } from "../naming/closest-names.ts";
import { listed, quoted } from "./bad-rows.ts";
import { CLOCK_COLUMNS } from "./clock-columns.ts";
import { cellsFound } from "./load-table.ts";

export type ColumnChoice = {
  time: string;
  /** the outcome of each change; absent where it is to be predicted */
  label?: string;
  /** columns that are no features */
  ignore?: readonly string[];
  /** features that a model was trained with; without it every column is one, and its cells tell of which kind */
  kinds?: ReadonlyMap<string, Column["kind"]>;
};

/** Places are those of the cells in a row. */
export type Layout = {
  width: number;
  time: number;
  label: number | undefined;
  features: { name: string; place: number }[];
  /** features to be made from the time */
  clock: readonly string[];
  /** columns whose name is empty, left out */
  nameless: number;
};

/** @throws {UserError} exit 2 where one column is asked to be two things */
export function checkChoice({ time, label, ignore = [] }: ColumnChoice): void {
  if (label === time) {
    throw new UserError(`Cannot use column "${time}" as the label: it is the time`, ExitCode.usage);
  }
  for (const [name, role] of [
    [label, "label"],
    [time, "time"],
  ]) {
    if (name === undefined || !ignore.includes(name)) continue;
    throw new UserError(`Cannot ignore column "${name}": it is the ${role}`, ExitCode.usage);
  }
}

/**
 * @param source what the table is called in messages
 * @throws {UserError} exit 3, naming a column that the table lacks, or has twice
 */
export function layoutOf(header: readonly string[], choice: ColumnChoice, source: string): Layout {
  const { time, label, ignore = [], kinds } = choice;
  const clock = CLOCK_COLUMNS.filter(
    ({ name, kind }) =>
      !header.includes(name) && !ignore.includes(name) && (kinds === undefined || kinds.get(name) === kind),
  ).map(({ name }) => name);
  const placeOf = (name: string, role: string) => {
    const place = header.indexOf(name);
    if (place < 0) throw lacking(source, name, role, header);
    return place;
  };
  const places = {
    width: header.length,
    time: placeOf(time, "of the time"),
    label: label === undefined ? undefined : placeOf(label, "of the outcome"),
  };
  for (const name of ignore) if (!isClockColumn(name)) placeOf(name, "to ignore");
  for (const name of kinds?.keys() ?? []) {
    if (!clock.some((made) => made === name)) placeOf(name, "that the model was trained with");
  }
  const features = header
    .map((name, place) => ({ name, place }))
    .filter(({ name }) => name !== "" && name !== time && name !== label && !ignore.includes(name))
    .filter(({ name }) => kinds?.has(name) ?? true);
  const used = [time, label, ...features.map(({ name }) => name)];
  const twice = header.find((name, place) => used.includes(name) && header.indexOf(name) !== place);
  if (twice !== undefined) {
    throw new UserError(
      `Cannot load "${source}": its header has two columns ${quoted(twice)}`,
      ExitCode.data,
      "expected each name once",
    );
  }
  const nameless = kinds === undefined ? header.filter((name) => name === "").length : 0;
  return { ...places, features, clock, nameless };
}

function isClockColumn(column: string): boolean {
  return CLOCK_COLUMNS.some(({ name }) => name === column);
}

function lacking(source: string, name: string, role: string, header: readonly string[]): UserError {
  const close = closestNames(name, header);
  const guess = close.length === 0 ? "" : `did you mean ${listed(close)}? `;
  return new UserError(
    `Cannot load "${source}": it has no column ${quoted(name)} ${role}`,
    ExitCode.data,
    `${guess}its header has ${cellsFound(header)}`,
  );
}
