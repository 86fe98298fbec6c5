import { describe, expect, it } from "vitest";
import { fixedHashes, isFix, isRepair, isRevert, revertedHashes, revertedSubject } from "../../src/git/read-message.ts";

describe("isFix", () => {
  it.each([
    "Fix crash",
    "A hotfix",
    "hot-fix it",
    "closes bug 12",
    "Fixes: 1234567",
    "Handle defects",
    "patch the hole",
  ])("%s", (message) => expect(isFix(message)).toBe(true));
  it.each(["Add prefix", "Fixture for tests", "debug output", "dispatch events", "Affix label"])("not: %s", (message) =>
    expect(isFix(message)).toBe(false),
  );
});

describe("isRepair", () => {
  it.each(["Fix crash", "hotfix: timeouts", "Hot fix", "bugfix for login", "Fixed the build"])("%s", (subject) =>
    expect(isRepair(subject)).toBe(true),
  );
  it.each(["Fix typo", "fixup! Add x", "Fix lint", "docs: fix link", "Fix formatting", "Add prefix"])(
    "not: %s",
    (subject) => expect(isRepair(subject)).toBe(false),
  );
});

describe("reverts", () => {
  it("are told by subject or by hash", () => {
    expect(revertedSubject('Revert "Add x"')).toBe("Add x");
    expect(revertedSubject('Revert "Add x (#12)" (#13)')).toBe("Add x");
    expect(revertedSubject('Revert "Revert "Add x""')).toBe('Revert "Add x"');
    expect(revertedSubject("Revert to the old parser")).toBeUndefined();
    expect(isRevert({ subject: "Take x out", message: "Take x out\n\nThis reverts commit 1a2b3c4d." })).toBe(true);
    expect(isRevert({ subject: "Reland x", message: "Reland x\n\nreverted in 1a2b3c4" })).toBe(false);
  });

  it("may name several commits, and a merge with its mainline", () => {
    const message = `Undo\n\nThis reverts commit ${"a".repeat(40)}, reversing\nchanges made to ${"b".repeat(40)}.\nReverts commit 1234567\n`;
    expect(revertedHashes(message)).toEqual(["a".repeat(40), "1234567"]);
  });
});

it("finds the commits that a fix names", () => {
  expect(fixedHashes('x\n\nFixes: 1a2b3c4d5e6f ("Add x")\nFixes #123456789\nfixes commit 7654321')).toEqual([
    "1a2b3c4d5e6f",
    "7654321",
  ]);
});
