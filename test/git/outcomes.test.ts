import { describe, expect, it } from "vitest";
import { Outcomes } from "../../src/git/outcomes.ts";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const sha = (number: number) => (number + 1).toString(16).padStart(8, "a").padEnd(40, "0");

/** Feeds commits one by one; tells who failed, and when. */
class Told {
  readonly outcomes = new Outcomes();
  count = 0;

  /** @returns what the commit tells: numbers of failed changes */
  commit(
    timeS: number,
    message: string,
    {
      parents = this.count === 0 ? [] : [this.count - 1],
      isChange = true,
      soleOrigin = undefined as number | undefined,
    } = {},
  ): number[] {
    const files = isChange ? [{ path: "file", added: 1, deleted: 0 }] : [];
    const subject = message.split("\n")[0]!;
    const commit = {
      parents: parents.map(sha),
      committedAtS: timeS,
      offsetMinutes: 0,
      developer: "ann",
      subject,
      message,
    };
    const index = this.outcomes.add({ ...commit, sha: sha(this.count), files }, timeS);
    this.count += 1;
    return this.outcomes.failuresTold(index, { ...commit, sha: sha(index), files }, soleOrigin);
  }
}

describe("a revert", () => {
  it("tells that the change failed, at the time of the first revert", () => {
    const told = new Told();
    told.commit(0, "Add x");
    expect(told.commit(DAY_S, `Take it out\n\nThis reverts commit ${sha(0)}.`)).toEqual([0]);
    expect(told.commit(2 * DAY_S, `Again\n\nThis reverts commit ${sha(0)}.`)).toEqual([]);
    expect(told.outcomes.failedAtS(0)).toBe(DAY_S);
    expect(told.outcomes.failedAtS(1)).toBeUndefined();
  });

  it("may give an abbreviated hash, or the subject alone, of which the latest counts", () => {
    const told = new Told();
    told.commit(0, "Add x");
    told.commit(1, "Bump (#4)");
    told.commit(2, "Bump (#5)");
    expect(told.commit(3, `Undo\n\nThis reverts commit ${sha(0).slice(0, 10)}.`)).toEqual([0]);
    expect(told.commit(4, 'Revert "Bump (#5)" (#6)')).toEqual([2]);
    expect(told.commit(5, 'Revert "Never made"')).toEqual([]);
    expect(told.commit(6, 'Revert "Bump"\n\nThis reverts commit 0123456789.')).toEqual([]); // told already
  });

  it("counts for 14 days", () => {
    const told = new Told();
    told.commit(0, "Add x");
    told.commit(1, "Add y");
    expect(told.commit(14 * DAY_S + 1, 'Revert "Add x"')).toEqual([]);
    expect(told.commit(14 * DAY_S + 1, 'Revert "Add y"')).toEqual([1]);
  });

  it("of a revert tells nothing, and the change it brings back may fail again", () => {
    const told = new Told();
    told.commit(0, "Add x");
    told.commit(1, `Revert "Add x"\n\nThis reverts commit ${sha(0)}.`);
    expect(told.commit(2, `Reapply "Add x"\n\nThis reverts commit ${sha(1)}.`)).toEqual([]);
    expect(told.commit(3, `Revert "Reapply "Add x""\n\nThis reverts commit ${sha(2)}.`)).toEqual([2]);
    expect(told.outcomes.failedAtS(0)).toBe(1);
  });

  it("of a merge tells of the changes that it brought in", () => {
    const told = new Told();
    told.commit(0, "root");
    told.commit(1, "on the branch"); // 1, after 0
    told.commit(2, "on main", { parents: [0] });
    told.commit(3, "merge of main into the branch", { parents: [1, 2], isChange: false });
    told.commit(4, "more on the branch", { parents: [3] });
    told.commit(5, "more on main", { parents: [2] });
    told.commit(6, "Merge branch", { parents: [5, 4], isChange: false });
    const failed = told.commit(
      7,
      `Revert "Merge branch"\n\nThis reverts commit ${sha(6)}, reversing\nchanges made to ${sha(5)}.`,
    );
    expect(failed).toEqual([4, 1]);
  });
});

describe("a fix", () => {
  it("tells that the change it names failed, within 14 days", () => {
    const told = new Told();
    told.commit(0, "Add x");
    told.commit(1, "Add y");
    expect(told.commit(14 * DAY_S + 1, `Handle z\n\nFixes: ${sha(0).slice(0, 12)} ("Add x")`)).toEqual([]);
    expect(told.commit(14 * DAY_S + 1, `Handle z\n\nFixes: ${sha(1).slice(0, 12)} ("Add y")`)).toEqual([1]);
  });

  it("tells that the change whose files alone it repairs failed, within 48 hours", () => {
    const told = new Told();
    told.commit(0, "Add x");
    told.commit(1, "Add y");
    expect(told.commit(2, "Go on with x", { soleOrigin: 0 })).toEqual([]);
    expect(told.commit(3, "Fix typo in x", { soleOrigin: 0 })).toEqual([]);
    expect(told.commit(48 * HOUR_S + 1, "Fix x", { soleOrigin: 0 })).toEqual([]);
    expect(told.commit(48 * HOUR_S + 1, "Fix y", { soleOrigin: 1 })).toEqual([1]);
  });
});
