/**
 * The design matrix of a regression on covariates, all series of a call in one.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/utils/xreg_lib.py, create_covariate_matrix(). The order of columns,
 * which the fit does not depend on, is that of the arguments.
 * @module
 */

export type Category = string | number;

/** What is known beside the series, by name. Dynamic: an array per series, over its history and what lies ahead. */
export type Covariates = {
  dynamicNumerical?: Readonly<Record<string, readonly ArrayLike<number>[]>>;
  dynamicCategorical?: Readonly<Record<string, readonly ArrayLike<Category>[]>>;
  /** one value per series */
  staticNumerical?: Readonly<Record<string, ArrayLike<number>>>;
  /** one value per series; 1 and "1" are the same category */
  staticCategorical?: Readonly<Record<string, ArrayLike<Category>>>;
};

/** The points of one series. */
export type Span = {
  /** first points of the history that the regression leaves out */
  skipped: number;
  /** points of history */
  length: number;
  /** points ahead */
  horizon: number;
};

/** Columns, the series one after another in each. */
export type Design = {
  /** [columns] of [Σ (length − skipped)] */
  past: Float64Array[];
  /** [columns] of [Σ horizon] */
  ahead: Float64Array[];
};

/** A covariate as the value of a point of a series. */
type ValueAt<T> = (series: number, point: number) => T;

/**
 * Columns: 1; numbers, standardised over the past; categories, one column each that the past has. A category that it has not
 * is 0 in all of them.
 *
 * @param dropFirst leave out the first category of each covariate, since the others and the 1 imply it
 * @throws {RangeError} naming the covariate that has not one value per point, or that holds no number where one is due
 */
export function covariateDesign(covariates: Covariates, spans: readonly Span[], dropFirst: boolean): Design {
  const { dynamicNumerical = {}, dynamicCategorical = {}, staticNumerical = {}, staticCategorical = {} } = covariates;
  const numbers: ValueAt<number>[] = [
    ...Object.entries(dynamicNumerical).map(([name, values]) => finite(name, dynamic(name, values, spans))),
    ...Object.entries(staticNumerical).map(([name, values]) => finite(name, fixed(name, values, spans))),
  ];
  const categories: ValueAt<Category>[] = [
    ...Object.entries(dynamicCategorical).map(([name, values]) => dynamic(name, values, spans)),
    ...Object.entries(staticCategorical).map(([name, values]) => fixed(name, values, spans)),
  ];
  const columns = [
    { past: over(spans, "past", () => 1), ahead: over(spans, "ahead", () => 1) },
    ...numbers.map((valueAt) => {
      const past = over(spans, "past", valueAt);
      const ahead = over(spans, "ahead", valueAt);
      const scale = scaleOf(past);
      return { past: scaledBy(past, scale), ahead: scaledBy(ahead, scale) };
    }),
    ...categories.flatMap((valueAt) =>
      categoriesOf(spans, valueAt)
        .slice(dropFirst ? 1 : 0)
        .map((category) => {
          const indicator: ValueAt<number> = (series, point) => (String(valueAt(series, point)) === category ? 1 : 0);
          return { past: over(spans, "past", indicator), ahead: over(spans, "ahead", indicator) };
        }),
    ),
  ];
  return { past: columns.map(({ past }) => past), ahead: columns.map(({ ahead }) => ahead) };
}

function dynamic<T>(name: string, values: readonly ArrayLike<T>[], spans: readonly Span[]): ValueAt<T> {
  checkSeries(name, values.length, spans.length);
  spans.forEach(({ length, horizon }, series) => {
    const got = values[series]!.length;
    if (got === length + horizon) return;
    throw new RangeError(
      `Cannot use covariate "${name}": it has ${got} values for series ${series}, expected ${length} of history and ${horizon} ahead`,
    );
  });
  return (series, point) => values[series]![point]!;
}

function fixed<T>(name: string, values: ArrayLike<T>, spans: readonly Span[]): ValueAt<T> {
  checkSeries(name, values.length, spans.length);
  return (series) => values[series]!;
}

/** @throws {RangeError} if a covariate has not one entry per series */
export function checkSeries(name: string, got: number, expected: number): void {
  if (got !== expected)
    throw new RangeError(`Cannot use covariate "${name}": it has values for ${got} series, expected ${expected}`);
}

function finite(name: string, valueAt: ValueAt<number>): ValueAt<number> {
  return (series, point) => {
    const value = valueAt(series, point);
    if (Number.isFinite(value)) return value;
    throw new RangeError(`Cannot use covariate "${name}": it holds ${value} for series ${series}, expected numbers`);
  };
}

/** One value per point of all series, of their past or of what lies ahead. */
function over(spans: readonly Span[], part: keyof Design, valueAt: ValueAt<number>): Float64Array {
  const values: number[] = [];
  spans.forEach(({ skipped, length, horizon }, series) => {
    const [from, to] = part === "past" ? [skipped, length] : [length, length + horizon];
    for (let point = from; point < to; point += 1) values.push(valueAt(series, point));
  });
  return Float64Array.from(values);
}

/** The categories of the past: numbers in order of size, else texts in order of their code points. */
function categoriesOf(spans: readonly Span[], valueAt: ValueAt<Category>): string[] {
  const seen = new Map<string, Category>();
  spans.forEach(({ skipped, length }, series) => {
    for (let point = skipped; point < length; point += 1) {
      const value = valueAt(series, point);
      seen.set(String(value), value);
    }
  });
  const numeric = [...seen.values()].every((value) => typeof value === "number");
  return [...seen.keys()].sort((a, b) =>
    numeric ? Number(a) - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
}

export type Scale = { mean: number; deviation: number };

/** Below this a deviation counts as none. */
const TOLERANCE = 1e-6;

/** Mean and population deviation; 1 in place of a deviation of none. */
export function scaleOf(values: Float64Array): Scale {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, deviation: deviation > TOLERANCE ? deviation : 1 };
}

export function scaledBy(values: Float64Array, { mean, deviation }: Scale): Float64Array {
  return values.map((value) => (value - mean) / deviation);
}
