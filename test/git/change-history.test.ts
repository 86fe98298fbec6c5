import { describe, expect, it } from "vitest";
import { ChangeHistory } from "../../src/git/change-history.ts";
import type { FileChange, LoggedCommit } from "../../src/git/read-log.ts";

const DAY_S = 86_400;
const START_S = Date.UTC(2024, 0, 1, 9) / 1000; // a Monday

function commit(developer: string, files: FileChange[], more: Partial<LoggedCommit> = {}): LoggedCommit {
  const subject = more.message ?? "change";
  return {
    sha: "",
    parents: [],
    committedAtS: 0,
    offsetMinutes: 0,
    developer,
    subject,
    message: subject,
    files,
    ...more,
  };
}

const edit = (path: string, added = 1, deleted = 0): FileChange => ({ path, added, deleted });

describe("ChangeHistory", () => {
  it("measures the size and the spread of a change", () => {
    const { metrics } = new ChangeHistory().add(
      commit("ann", [
        edit("src/a/one.ts", 6, 2),
        edit("src/b/two.ts", 4, 0),
        edit("README.md", 3, 1),
        edit("logo.png", 0),
      ]),
      0,
      START_S,
    );
    expect(metrics).toMatchObject({
      ns: 2,
      nd: 3,
      nf: 4,
      la: 13,
      ld: 3,
      lt: 0,
      age: 0,
      nuc: 0,
      ndev: 0,
      exp: 0,
      sexp: 0,
    });
    expect(metrics.entropy).toBe(1.5); // shares 1/2, 1/4, 1/4, 0: ½·1 + ¼·2 + ¼·2
  });

  it("measures the files' past: lines, developers, age and changes", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("a", 10), edit("b", 20)]), 0, START_S);
    history.add(commit("bob", [edit("b", 5, 1)]), 1, START_S + 2 * DAY_S);
    history.add(commit("cem", [edit("c", 7)]), 2, START_S + 3 * DAY_S);
    const { metrics } = history.add(commit("ann", [edit("a"), edit("b"), edit("new")]), 3, START_S + 6 * DAY_S);
    expect(metrics).toMatchObject({ lt: (10 + 24 + 0) / 3, ndev: 2, age: (6 + 4) / 2, nuc: 2, hours_since_change: 72 });
  });

  it("measures the developer's past: changes, recent ones, those of the subsystem", () => {
    const history = new ChangeHistory();
    // 3 changes two years ago, 4 one year ago, 3 this year: 3/3 + 4/2 + 3/1, the example of Kamei et al.
    const daysAgo = [900, 850, 800, 700, 600, 500, 400, 300, 200, 100];
    const paths = ["x/1", "y/1", "z/1", "x/2", "y/2", "z/2", "x/3", "y/3", "z/3", "x/4"];
    daysAgo.forEach((days, i) => {
      history.add(commit("ann", [edit(paths[i]!)]), i, START_S - days * DAY_S);
    });
    history.add(commit("bob", [edit("x/1")]), 10, START_S);
    const { metrics } = history.add(commit("ann", [edit("x/5"), edit("y/5")]), 11, START_S);
    expect(metrics).toMatchObject({ exp: 10, rexp: 6, sexp: 4 + 3 });
  });

  it("counts a change of two touched subsystems once", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("x/1"), edit("y/1")]), 0, START_S);
    expect(history.add(commit("ann", [edit("x/2"), edit("y/2")]), 1, START_S).metrics.sexp).toBe(1);
  });

  it("keeps the history of a renamed file, also where two branches renamed it alike", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("old", 10)]), 0, START_S);
    history.add(commit("bob", [{ ...edit("new", 2), from: "old" }]), 1, START_S);
    const again = history.add(commit("cem", [{ ...edit("new", 0), from: "old" }]), 2, START_S);
    expect(again.metrics).toMatchObject({ lt: 12, ndev: 2, nuc: 2 });
    expect(history.add(commit("ann", [edit("old", 1)]), 3, START_S).metrics).toMatchObject({ lt: 0, nuc: 0 });
  });

  it("follows files that swap their names", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("a", 10)]), 0, START_S);
    history.add(commit("ann", [edit("b", 30)]), 1, START_S);
    history.add(
      commit("ann", [
        { ...edit("b", 0), from: "a" },
        { ...edit("a", 0), from: "b" },
      ]),
      2,
      START_S,
    );
    expect(history.add(commit("ann", [edit("a")]), 3, START_S).metrics.lt).toBe(30);
    expect(history.add(commit("ann", [edit("b")]), 4, START_S).metrics.lt).toBe(10);
  });

  it("reads hour and weekday off the author's clock", () => {
    const history = new ChangeHistory();
    const at = (timeS: number, offsetMinutes: number) =>
      history.add(commit("ann", [edit("a")], { offsetMinutes }), 0, timeS).metrics;
    expect(at(START_S, 0)).toMatchObject({ hour: 9, weekday: 0 });
    expect(at(START_S, -600)).toMatchObject({ hour: 23, weekday: 6 });
    expect(new ChangeHistory().add(commit("ann", [edit("a")]), 0, -3600).metrics).toMatchObject({
      hour: 23,
      weekday: 2,
    });
  });

  it("counts failures of the developer and of the files from when they are told", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("a"), edit("b")]), 0, START_S);
    history.add(commit("ann", [edit("b")]), 1, START_S);
    expect(history.add(commit("ann", [edit("b")]), 2, START_S).metrics).toMatchObject({
      author_failures: 0,
      file_failures: 0,
    });
    history.addFailure(0);
    history.addFailure(1);
    expect(history.add(commit("ann", [edit("a")]), 3, START_S).metrics).toMatchObject({
      author_failures: 2,
      file_failures: 1,
    });
    expect(history.add(commit("bob", [edit("a"), edit("b")]), 4, START_S).metrics).toMatchObject({
      author_failures: 0,
      file_failures: 2,
    });
    expect(() => history.addFailure(9)).toThrow(RangeError);
  });

  it("names the one change that last touched all the files, new ones aside", () => {
    const history = new ChangeHistory();
    history.add(commit("ann", [edit("a"), edit("b"), edit("c")]), 0, START_S);
    expect(history.add(commit("bob", [edit("a"), edit("test")]), 1, START_S).soleOrigin).toBe(0);
    expect(history.add(commit("bob", [edit("b"), edit("test")]), 2, START_S).soleOrigin).toBeUndefined();
    expect(history.add(commit("bob", [edit("new")]), 3, START_S).soleOrigin).toBeUndefined();
  });
});
