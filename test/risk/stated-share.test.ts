import { describe, expect, it } from "vitest";
import { StatedShare } from "../../src/risk/stated-share.ts";

describe("StatedShare", () => {
  it("says nothing where no incident states the cause", () => {
    const share = new StatedShare(0, 40);
    expect(share.silentShare).toBe(1);
    share.blame(25, false);
    share.learn();
    expect(share.silentShare).toBe(1);
  });

  it("learns how many state it from what is put down to the cause, round after round", () => {
    const share = new StatedShare(60, 40);
    expect(share.silentShare).toBe(41 / 101);
    for (const silent of [20, 5]) {
      share.blame(60, true);
      share.blame(silent, false);
      share.learn();
      expect(share.silentShare).toBe((silent + 1) / (60 + silent + 1));
    }
  });

  it("takes few that state it for no rule", () => {
    expect(new StatedShare(1, 0).silentShare).toBe(0.5);
  });
});
