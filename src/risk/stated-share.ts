/**
 * How many of the incidents of a cause state it. A team that states causes states most of them, so that an incident which states
 * none is seldom of that cause; where none is stated, that none is says nothing. Learned, as the causes are, from incidents that
 * are put down to the cause in part.
 *
 * Source: Elkan & Noto (2008), "Learning Classifiers from Only Positive and Unlabeled Data", KDD, for the frequency of labels.
 * @module
 */

/** An incident that did not state its cause, so that a few that do are not taken for a rule. */
const PRIOR_SILENT = 1;

export class StatedShare {
  #stated: number;
  #silent: number;
  #silentShare = 1;

  /**
   * @param stated how many incidents state the cause
   * @param silent how many state none; all of them are taken to be of this cause, to start with
   */
  constructor(stated: number, silent: number) {
    [this.#stated, this.#silent] = [stated, silent];
    this.learn();
  }

  /** Chance that an incident of the cause states none; 1 where no incident states this one. */
  get silentShare(): number {
    return this.#silentShare;
  }

  /** How much of the cause speaks for an incident: all of it for one that no other cause can have, as it states one. */
  factor(isSilent: boolean): number {
    return isSilent ? this.#silentShare : 1;
  }

  /** Puts `events` of an incident down to the cause. @param isStated whether the incident states it */
  blame(events: number, isStated: boolean): void {
    if (isStated) this.#stated += events;
    else this.#silent += events;
  }

  /** Takes the share from what was put down to the cause since the last time. */
  learn(): void {
    if (this.#stated > 0)
      this.#silentShare = (this.#silent + PRIOR_SILENT) / (this.#stated + this.#silent + PRIOR_SILENT);
    [this.#stated, this.#silent] = [0, 0];
  }
}
