import { HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { canCause } from "../events/deploy.ts";
import type { Forecast, Forecaster, ForecastRequest } from "../forecast/forecaster.ts";
import { type History, pastLoad } from "../series/history.ts";
import { type HourlySeries, ratePerHour } from "../series/hourly-series.ts";
import { firstMatchHour, highestToMeans, knownMultiplier, nearbyIntensity, type Traffic } from "../series/traffic.ts";
import { mixed, type Rate, scaled } from "./rate.ts";
import { ownWeight, shareOfDeploys } from "./service.ts";

/** What people and viewers will do: deploys started and matches on, before the origin as they were. */
export type Demand = {
  /** deploys of the whole platform from the origin on; undefined where no deploy history is kept */
  deployForecast: Forecast | undefined;
  /** D in deploys/hour; 0 where no deploy history is kept */
  deploysAt: (hour: WallHour) => Rate;
  /** summed traffic multiplier; 0 where no matches are kept */
  multiplierAt: (hour: WallHour) => number;
  /** highest summed multiplier expected near an hour */
  intensityAt: (hour: WallHour) => number;
  /** what load incidents are in proportion to: measured traffic in units of its mean, else the multiplier */
  loadAt: (hour: WallHour) => Rate;
};

/**
 * A stack's mean errs about as a mean over so many weeks would: its members read from one week to all. Measured on simulated
 * years, where the 80 % band of μ then holds the truth in 80 % of hours.
 */
const WEEKS_READ = 26;

/**
 * Forecasts deploys per hour, measured traffic, and the multiplier of those hours whose fixtures are not known yet. The
 * forecaster is told of the fixtures where some are known ahead.
 *
 * @param endHour the last hour asked for, exclusive
 */
export async function forecastDemand(
  history: History,
  forecaster: Forecaster,
  endHour: WallHour,
  { context, signal, service }: Pick<ForecastRequest, "context" | "signal"> & { service?: string },
): Promise<Demand> {
  const { traffic, trafficKnownUntil, measured } = history;
  const deploys = deploySeries(history);
  const own = service === undefined ? undefined : deploySeries(history, service);
  const multiplier = traffic && trafficKnownUntil < endHour ? multiplierSeries(traffic, trafficKnownUntil) : undefined;
  const series = [deploys, own, multiplier, measured].flatMap((one) =>
    one !== undefined && one.values.length > 0 ? [one] : [],
  );
  const horizon = endHour - Math.min(...series.map(endOf));
  const fixturesOf = (one: HourlySeries) =>
    traffic && one !== multiplier
      ? knownMultiplier(traffic, trafficKnownUntil, one.startHour, endOf(one) + horizon)
      : undefined;
  const forecasts =
    series.length === 0
      ? []
      : await forecaster.forecast(
          series.map(({ values }) => values),
          {
            horizon,
            counts: series.map((one) => one === deploys || one === own),
            ...(trafficKnownUntil > history.originHour ? { known: series.map(fixturesOf) } : {}),
            ...(context === undefined ? {} : { context }),
            ...(signal === undefined ? {} : { signal }),
          },
        );
  const forecastOf = (one: HourlySeries | undefined) =>
    one === undefined ? undefined : forecasts[series.indexOf(one)];
  const futureDeploys = forecastOf(deploys);
  const futureOwn = forecastOf(own);
  const share = service === undefined ? 1 : shareOfDeploys(history.deploys ?? [], service);
  const counted = own ?? deploys;
  const ownDeploys = own?.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0) ?? 0;
  const futureMultiplier = forecastOf(multiplier);
  const futureMeasured = forecastOf(measured);
  const multiplierAt = (hour: WallHour) => {
    if (hour < trafficKnownUntil) return traffic?.get(hour) ?? 0;
    return Math.max(0, futureMultiplier?.mean[hour - trafficKnownUntil] ?? 0);
  };
  const highest = multiplier && highestToMeans(traffic!, trafficKnownUntil);
  return {
    deployForecast: futureDeploys,
    deploysAt: (hour) => {
      if (deploys === undefined) return { mean: 0, variance: 0 };
      const past = counted!.values[hour - deploys.startHour];
      if (hour < history.originHour) return { mean: past === undefined || Number.isNaN(past) ? 0 : past, variance: 0 };
      if (futureDeploys === undefined) return { mean: 0, variance: 0 };
      const rateAt = (forecast: Forecast) =>
        rateOf(forecast, hour - history.originHour, deploys.values.length / HOURS_PER_WEEK);
      if (futureOwn === undefined) return rateAt(futureDeploys);
      return mixed(rateAt(futureOwn), scaled(rateAt(futureDeploys), share), ownWeight(ownDeploys));
    },
    multiplierAt,
    intensityAt: (hour) => {
      const near = nearbyIntensity(multiplierAt, hour);
      return hour < trafficKnownUntil ? near : near * (highest?.[hourOfWeek(hour)] ?? 1);
    },
    loadAt: (hour) => {
      const [future, knownUntil] =
        measured === undefined ? [futureMultiplier, trafficKnownUntil] : [futureMeasured, history.originHour];
      if (future !== undefined && hour >= knownUntil) return levelOf(future, hour - knownUntil);
      return { mean: pastLoad(history, hour), variance: 0 };
    },
  };
}

/** Deploys per hour, of one service or all, from the start of the history to the origin, repairs left out. */
export function deploySeries(
  { deploys, startHour, originHour, zone }: History,
  name?: string,
): HourlySeries | undefined {
  const caused = deploys?.filter((deploy) => canCause(deploy) && (name === undefined || deploy.service === name));
  return caused && ratePerHour(caused, startHour, originHour, zone);
}

function multiplierSeries(traffic: Traffic, knownUntil: WallHour): HourlySeries | undefined {
  if (traffic.size === 0) return undefined;
  const startHour = firstMatchHour(traffic);
  return { startHour, values: knownMultiplier(traffic, knownUntil, startHour, knownUntil) };
}

function endOf({ startHour, values }: HourlySeries): WallHour {
  return startHour + values.length;
}

/** A level that is forecast as such, with how far it may be off. */
function levelOf(forecast: Forecast, index: number): Rate {
  return { mean: Math.max(0, forecast.mean[index]!), variance: deviationOf(forecast, index) ** 2 };
}

/**
 * The rate behind a forecast count. Its quantiles hold the Poisson noise of a count as well: what they spread beyond it
 * is uncertainty of the rate, to which comes the sampling error of a mean.
 */
function rateOf(forecast: Forecast, index: number, weeksOfHistory: number): Rate {
  const rate = Math.max(0, forecast.mean[index]!);
  const weeks = Math.min(WEEKS_READ, Math.max(1, weeksOfHistory));
  return { mean: rate, variance: Math.max(0, deviationOf(forecast, index) ** 2 - rate) + rate / weeks };
}

/** Of what will be seen, from its 10 % and 90 % quantiles, as a normal distribution has them. */
function deviationOf({ quantiles, levels }: Forecast, index: number): number {
  const at = (level: number) => quantiles[index * levels.length + levels.indexOf(level)]!;
  return (at(0.9) - at(0.1)) / 2.563;
}
