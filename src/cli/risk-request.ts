import { ExitCode, UserError } from "../errors.ts";
import { chooseContext } from "../forecast/choose-context.ts";
import type { ForecastModel } from "../forecast/open-model.ts";
import { deploySeries } from "../risk/demand.ts";
import { hoursAhead, type RiskRequest } from "../risk/forecast-risk.ts";
import type { History } from "../series/history.ts";
import type { ForecastingOptions } from "./forecasting-options.ts";
import type { Io } from "./io.ts";

/**
 * What the options ask for. `--context auto` is chosen on the history, and told.
 *
 * @throws {UserError} exit 2 if the model cannot read the context asked for
 */
export async function requestOf(
  options: ForecastingOptions,
  model: ForecastModel,
  history: History,
  io: Io,
  tell: (text: string) => void,
): Promise<RiskRequest> {
  const { horizon, watchHours, attributionHours, context, service } = options;
  const request = {
    horizonHours: horizon,
    watchHours,
    attributionHours,
    ...(service === undefined ? {} : { service }),
    signal: io.signal,
  };
  const longest = model.longestContext(hoursAhead(request));
  if (context === "auto") return { ...request, ...(await chosenContext(model, history, longest, options, io, tell)) };
  if (context === undefined) return request;
  if (context <= longest) return { ...request, context };
  throw new UserError(
    `Cannot read ${context} hours of context: expected at most ${longest} with this model and horizon`,
    ExitCode.usage,
  );
}

/** What the forecasts that a context is chosen by may take. */
const CONTEXT_BUDGET_MS = 20_000;

/** The context that forecasts the last weeks of deploys and of measured traffic best; none where they are too few. */
async function chosenContext(
  model: ForecastModel,
  history: History,
  longest: number,
  { service }: ForecastingOptions,
  io: Io,
  tell: (text: string) => void,
): Promise<{ context?: number }> {
  const series = [deploySeries(history, service), history.measured].flatMap((one) => (one ? [one.values] : []));
  const budget = { longest, budgetMs: CONTEXT_BUDGET_MS, now: () => io.now(), signal: io.signal };
  const chosen = await chooseContext(model, series, budget);
  if (chosen === undefined) {
    tell("note: history is too short to choose a context by; the model's own is used");
    return {};
  }
  const { context, trials, weeks } = chosen;
  const losses = trials.map(({ context: hours, loss }) => `${hours} h ${loss.toFixed(3)}`).join(", ");
  tell(`note: context of ${context} hours, by the loss over ${weeks} weeks: ${losses}`);
  return { context };
}
