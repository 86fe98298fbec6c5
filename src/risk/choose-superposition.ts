import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { type History, historySince } from "../series/history.ts";
import { causesOf, fitSuperposition, type Superposition, type SuperpositionOptions } from "./superposition.ts";

/** What is taken unless history speaks against it. */
const USUAL: SuperpositionOptions = { clock: true, recent: false, halfLifeWeeks: Infinity, loadLags: 0 };
/** Each dimension in turn, the others as chosen so far. */
const ALTERNATIVES: readonly (readonly Partial<SuperpositionOptions>[])[] = [
  [{ halfLifeWeeks: 104 }, { halfLifeWeeks: 52 }, { halfLifeWeeks: 26 }, { halfLifeWeeks: 13 }],
  [{ clock: false }, { recent: true }],
];
const LOAD_ALTERNATIVES: readonly Partial<SuperpositionOptions>[] = [{ loadLags: 1 }, { loadLags: 3 }];
/** Log-likelihood by which an alternative must be better: half the 95 % quantile of χ² with one degree (Wilks 1938). */
const MARGIN = 1.92;

/** Settings are chosen on so much of the latest history; the fit reads all of it. */
const CHOSEN_ON_WEEKS = 104;
const CHOICE_ROUNDS = 25;
const FOLDS = 4;
const LONGEST_FOLD_WEEKS = 13;
const FEWEST_INCIDENTS = 20;

/**
 * Fits the superposition with the settings under which the last stretches of history would have been forecast best, each
 * from what lay before it.
 * Source of the scheme: Tashman (2000), "Out-of-Sample Tests of Forecasting Accuracy", International Journal of Forecasting
 * 16(4), rolling origin with re-estimation.
 */
export function chooseSuperposition(
  history: History,
  attributionHours: number,
  intensityAt: (hour: WallHour) => number,
): { fit: Superposition; choice: SuperpositionOptions } {
  const { originHour } = history;
  const startHour = Math.max(history.startHour, originHour - CHOSEN_ON_WEEKS * HOURS_PER_WEEK);
  const recent = causesOf(historySince(history, startHour), attributionHours, intensityAt);
  const fold = Math.min(LONGEST_FOLD_WEEKS * HOURS_PER_WEEK, Math.floor((originHour - startHour) / 10));
  const starts = Array.from({ length: FOLDS }, (_, i) => originHour - (i + 1) * fold);
  const scoreOf = (tried: SuperpositionOptions) =>
    starts.reduce(
      (sum, start) => sum + fitSuperposition(recent, start, tried, CHOICE_ROUNDS).logLikelihood(start, start + fold),
      0,
    );
  let choice = USUAL;
  if (recent.suspects.length >= FEWEST_INCIDENTS) {
    let score = scoreOf(choice);
    const hasLoad = recent.load.some((value) => value > 0);
    for (const dimension of hasLoad ? [...ALTERNATIVES, LOAD_ALTERNATIVES] : ALTERNATIVES) {
      const from = choice;
      for (const alternative of dimension) {
        const tried = { ...from, ...alternative };
        const reached = scoreOf(tried);
        if (reached <= score + (choice === from ? MARGIN : 0)) continue;
        choice = tried;
        score = reached;
      }
    }
  }
  const causes = startHour === history.startHour ? recent : causesOf(history, attributionHours, intensityAt);
  return { fit: fitSuperposition(causes, originHour, choice), choice };
}
