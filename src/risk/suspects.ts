import type { Deploy } from "../events/deploy.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";
import { binOf, type DelayBins } from "./delay.ts";

/**
 * Incidents with everything that may have caused them. The deploys in question follow each other in time, and those of one bin of
 * delays as well: of each incident nothing is kept but where its bins begin and end, however many deploys they hold.
 */
export type Suspects = {
  /** [incidents] in order of time */
  hours: Int32Array;
  /** [incidents] 1 where load may have caused it, had there been any */
  load: Uint8Array;
  /** [incidents] 1 where anything else may have caused it, even where deploys or load may have */
  other: Uint8Array;
  /** [positions] deploys, in order of time within each line-up: of all, and of each service */
  deploys: Uint32Array;
  /** [incidents + 1] the first run of each incident; it has none where no deploy is in question, two where its service is named */
  firstRun: Uint32Array;
  /**
   * [runs, bins + 1] positions: those of bin b are from bound b + 1 to bound b, since the longer the delay, the earlier the
   * deploy
   */
  bounds: Uint32Array;
  /** [runs, hour bins + 1] the same by whole hours of the grid */
  hourBounds: Uint32Array;
};

/**
 * What may have caused each incident: the deploy it names, else every deploy within the longest delay before it, of the same
 * service where both name one. A stated cause leaves the others out. Where it cannot be, since no deploy or no load came
 * before, nothing is left: the incident is then of other cause.
 *
 * @param deploys   in order of time, repairs left out
 * @param incidents in order of time
 */
export function suspectsOf(deploys: readonly Deploy[], incidents: readonly Incident[], bins: DelayBins): Suspects {
  const byId = new Map(deploys.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  const lineups = new Lineups(deploys, bins);
  const runs = new Runs(incidents.length, bins);
  const hours = Int32Array.from(incidents, ({ timestamp }) => hourOf(timestamp));
  const load = new Uint8Array(incidents.length);
  const other = new Uint8Array(incidents.length);
  const firstRun = new Uint32Array(incidents.length + 1);
  incidents.forEach((incident, k) => {
    const cause = causeOf(incident);
    const named = incident.deploy_id === undefined ? undefined : byId.get(incident.deploy_id);
    if (named !== undefined && cause !== "load") {
      runs.addOne(named, deploys[named]!, incident);
    } else {
      if (cause !== "load") for (const lineup of lineups.inQuestion(incident)) lineup.addTo(runs, incident);
      load[k] = cause === "deploy" ? 0 : 1;
      other[k] = cause === "unknown" ? 1 : 0;
    }
    firstRun[k + 1] = runs.count;
  });
  return { hours, load, other, firstRun, ...runs.within(lineups.deploys) };
}

/** Whether no cause of its own kind can have caused an incident. */
export function isUnexplained(suspects: Suspects, incident: number, byLoad: number): boolean {
  return byLoad === 0 && !isDeployInQuestion(suspects, incident);
}

export function isDeployInQuestion({ firstRun }: Suspects, incident: number): boolean {
  return firstRun[incident]! < firstRun[incident + 1]!;
}

/** The deploys of a platform in order of time: all, and those of each service. */
class Lineups {
  /** [positions] the first are all deploys, each at its own number */
  readonly deploys: Uint32Array;
  readonly #all: Lineup;
  readonly #byService = new Map<string | undefined, Lineup>();

  constructor(deploys: readonly Deploy[], bins: DelayBins) {
    const byService = new Map<string | undefined, number[]>();
    deploys.forEach(({ service }, i) => {
      const own = byService.get(service);
      if (own === undefined) byService.set(service, [i]);
      else own.push(i);
    });
    const all = Array.from(deploys.keys());
    const timesOf = (those: readonly number[]) => Float64Array.from(those, (i) => deploys[i]!.timestamp);
    this.deploys = Uint32Array.from([all, ...byService.values()].flat());
    this.#all = new Lineup(0, timesOf(all), bins);
    let start = deploys.length;
    for (const [service, own] of byService) {
      this.#byService.set(service, new Lineup(start, timesOf(own), bins));
      start += own.length;
    }
  }

  /** Those that hold the deploys which may have caused an incident, and no others. */
  inQuestion({ service }: Incident): Lineup[] {
    if (service === undefined) return [this.#all];
    return [this.#byService.get(service), this.#byService.get(undefined)].filter((lineup) => lineup !== undefined);
  }
}

/** Deploys in order of time, with how many of them lie so far back as each edge. */
class Lineup {
  readonly #start: number;
  readonly #times: Float64Array;
  readonly #bins: DelayBins;
  readonly #bounds: Uint32Array;
  readonly #hourBounds: Uint32Array;

  constructor(start: number, times: Float64Array, bins: DelayBins) {
    this.#start = start;
    this.#times = times;
    this.#bins = bins;
    this.#bounds = new Uint32Array(bins.edgesMs.length).fill(start);
    this.#hourBounds = new Uint32Array(bins.edgesHours.length).fill(start);
  }

  /** Adds the deploys in question as a run, if there are any. Incidents come in order of time. */
  addTo(runs: Runs, { timestamp }: Incident): void {
    const { edgesMs, edgesHours } = this.#bins;
    const [last, lastHour] = [edgesMs.length - 1, edgesHours.length - 1];
    for (let j = 0; j < last; j += 1) this.#advance(this.#bounds, j, (time) => timestamp - time >= edgesMs[j]!);
    this.#advance(this.#bounds, last, (time) => timestamp - time > edgesMs[last]!);
    const [newest, oldest] = [this.#bounds[0]!, this.#bounds[last]!];
    if (newest === oldest) return;
    const hour = hourOf(timestamp);
    for (let j = 1; j < lastHour; j += 1)
      this.#advance(this.#hourBounds, j, (time) => hour - hourOf(time) >= edgesHours[j]!);
    this.#hourBounds[0] = newest;
    this.#hourBounds[lastHour] = oldest;
    runs.add(this.#bounds, this.#hourBounds);
  }

  /** Moves a bound behind all deploys that lie so far back. */
  #advance(bounds: Uint32Array, j: number, isBehind: (time: number) => boolean): void {
    let next = bounds[j]! - this.#start;
    while (next < this.#times.length && isBehind(this.#times[next]!)) next += 1;
    bounds[j] = this.#start + next;
  }
}

/** Where the bins of deploys in question begin and end, run after run. */
class Runs {
  count = 0;
  readonly #bins: DelayBins;
  readonly #bounds: Uint32Array;
  readonly #hourBounds: Uint32Array;

  constructor(incidents: number, bins: DelayBins) {
    this.#bins = bins;
    this.#bounds = new Uint32Array(2 * incidents * bins.edgesMs.length); // pages that are never written take no memory
    this.#hourBounds = new Uint32Array(2 * incidents * bins.edgesHours.length);
  }

  add(bounds: Uint32Array, hourBounds: Uint32Array): void {
    this.#bounds.set(bounds, this.count * bounds.length);
    this.#hourBounds.set(hourBounds, this.count * hourBounds.length);
    this.count += 1;
  }

  /** Adds a run of one deploy. */
  addOne(position: number, deploy: Deploy, { timestamp }: Incident): void {
    const { edgesMs, edgesHours } = this.#bins;
    const boundsOf = (bin: number, edges: readonly number[]) =>
      Uint32Array.from(edges, (_, j) => (j <= bin ? position + 1 : position));
    const delayHours = hourOf(timestamp) - hourOf(deploy.timestamp);
    this.add(
      boundsOf(binOf(timestamp - deploy.timestamp, edgesMs), edgesMs),
      boundsOf(binOf(delayHours, edgesHours), edgesHours),
    );
  }

  /**
   * The runs among the deploys that are in question at all.
   *
   * @param deploys [positions]
   */
  within(deploys: Uint32Array): Pick<Suspects, "deploys" | "bounds" | "hourBounds"> {
    const { edgesMs, edgesHours } = this.#bins;
    const bounds = this.#bounds.slice(0, this.count * edgesMs.length);
    const hourBounds = this.#hourBounds.slice(0, this.count * edgesHours.length);
    const steps = new Int32Array(deploys.length + 1);
    for (let newest = 0; newest < bounds.length; newest += edgesMs.length) {
      steps[bounds[newest + edgesMs.length - 1]!]! += 1;
      steps[bounds[newest]!]! -= 1;
    }
    const inQuestion = deploys.map(() => 0);
    const kept = new Uint32Array(deploys.length + 1);
    let overlapping = 0;
    for (let i = 0; i < deploys.length; i += 1) {
      overlapping += steps[i]!;
      inQuestion[i] = overlapping > 0 ? 1 : 0;
      kept[i + 1] = kept[i]! + inQuestion[i]!;
    }
    const moved = (bound: number) => kept[bound]!;
    return {
      deploys: deploys.filter((_, i) => inQuestion[i] === 1),
      bounds: bounds.map(moved),
      hourBounds: hourBounds.map(moved),
    };
  }
}
