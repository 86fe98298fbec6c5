import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { type History, historySince } from "../series/history.ts";
import type { SuperpositionOptions } from "./attribution.ts";
import { causesOf } from "./causes.ts";
import { causesKnownAt } from "./causes-known-at.ts";
import { fitSuperposition, type Superposition } from "./superposition.ts";

/** What is taken unless history speaks against it. */
const USUAL: SuperpositionOptions = {
  followUps: false,
  clock: true,
  recent: false,
  halfLifeWeeks: Infinity,
  loadLags: 0,
  loadPower: 1,
};
type Dimension = {
  alternatives: readonly Partial<SuperpositionOptions>[];
  /** standard errors of its gain, by its spread over weeks, by which an alternative must be better as well */
  standardErrors: number;
};
/**
 * Each dimension in turn, the others as chosen so far. The fit shrinks what it learns of the clock by itself, and follows how
 * levels move: that a few incidents speak against all of the clock, for a term of its own, or for forgetting when incidents came,
 * must be more than chance.
 * Source of the test: Vuong (1989), "Likelihood Ratio Tests for Model Selection and Non-Nested Hypotheses", Econometrica 57(2).
 */
const DIMENSIONS: readonly Dimension[] = [
  { alternatives: [{ followUps: true }], standardErrors: 0 },
  {
    alternatives: [{ halfLifeWeeks: 104 }, { halfLifeWeeks: 52 }, { halfLifeWeeks: 26 }, { halfLifeWeeks: 13 }],
    standardErrors: 1,
  },
  { alternatives: [{ clock: false }, { recent: true }], standardErrors: 2 },
];
/** What strains a platform seldom grows in proportion: queues grow without bound as load nears what it can bear. */
const OF_LOAD: readonly Dimension[] = [
  { alternatives: [{ loadPower: 2 }, { loadPower: 4 }], standardErrors: 1 },
  { alternatives: [{ loadLags: 1 }, { loadLags: 3 }], standardErrors: 0 },
];
/** Log-likelihood by which an alternative must be better: half the 95 % quantile of χ² with one degree (Wilks 1938). */
const MARGIN = 1.92;

/** Settings are chosen on so much of the latest history; the fit reads all of it. */
const CHOSEN_ON_WEEKS = 104;
const CHOICE_ROUNDS = 25;
const FOLDS = 4;
const FEWEST_INCIDENTS = 20;

/**
 * Fits the superposition with the settings under which the last stretches of history would have been forecast best, each
 * from what lay before it.
 * Source of the scheme: Tashman (2000), "Out-of-Sample Tests of Forecasting Accuracy", International Journal of Forecasting
 * 16(4), rolling origin with re-estimation.
 *
 * @param signal stops the work between fits
 * @throws the signal's reason
 */
export async function chooseSuperposition(
  history: History,
  attributionHours: number,
  intensityAt: (hour: WallHour) => number,
  signal?: AbortSignal,
): Promise<{ fit: Superposition; choice: SuperpositionOptions }> {
  const { originHour } = history;
  const startHour = Math.max(history.startHour, originHour - CHOSEN_ON_WEEKS * HOURS_PER_WEEK);
  const recent = causesOf(historySince(history, startHour), attributionHours, intensityAt);
  const fold = Math.floor((originHour - startHour) / 10);
  const folds = Array.from({ length: FOLDS }, (_, i) => originHour - (i + 1) * fold).map((start) => ({
    start,
    known: causesKnownAt(recent, start),
  }));
  const fitted = async (...asked: Parameters<typeof fitSuperposition>) => {
    await new Promise(setImmediate); // lets an interruption through
    signal?.throwIfAborted();
    return fitSuperposition(...asked);
  };
  const scoresOf = async (tried: SuperpositionOptions) => {
    const weeks: number[] = [];
    for (const { start, known } of folds) {
      const { logLikelihood } = await fitted(known, start, tried, CHOICE_ROUNDS);
      for (let hour = start; hour < start + fold; hour += HOURS_PER_WEEK)
        weeks.push(logLikelihood(hour, Math.min(start + fold, hour + HOURS_PER_WEEK)));
    }
    return weeks;
  };
  let choice = USUAL;
  if (recent.suspects.hours.length >= FEWEST_INCIDENTS) {
    let scores = await scoresOf(choice);
    const hasLoad = recent.load.some((value) => value > 0);
    for (const { alternatives, standardErrors } of hasLoad ? [...DIMENSIONS, ...OF_LOAD] : DIMENSIONS) {
      const [from, before] = [choice, scores];
      let most = MARGIN;
      for (const alternative of alternatives) {
        const tried = { ...from, ...alternative };
        const reached = await scoresOf(tried);
        const { gain, standardError } = gainOf(reached, before);
        if (gain <= Math.max(most, standardErrors * standardError)) continue;
        most = gain;
        choice = tried;
        scores = reached;
      }
    }
  }
  const causes = startHour === history.startHour ? recent : causesOf(history, attributionHours, intensityAt);
  return { fit: await fitted(causes, originHour, choice), choice };
}

/** By how much some weeks were forecast better in all. */
function gainOf(scores: readonly number[], before: readonly number[]): { gain: number; standardError: number } {
  const gains = scores.map((score, week) => score - before[week]!);
  const gain = gains.reduce((sum, value) => sum + value, 0);
  const squares = gains.reduce((sum, value) => sum + (value - gain / gains.length) ** 2, 0);
  return { gain, standardError: Math.sqrt((squares * gains.length) / (gains.length - 1)) };
}
