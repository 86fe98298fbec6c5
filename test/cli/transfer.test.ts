import { expect, it } from "vitest";
import { Transfer } from "../../src/cli/transfer.ts";

/** A transfer and its clock. */
function transfer(total: number) {
  let now = 0;
  const it = new Transfer(() => now);
  return (seconds: number, done: number) => {
    now = 1000 * seconds;
    return it.words(done, total);
  };
}

it("Transfer tells amount, rate and time left", () => {
  const at = transfer(925e6);
  expect(at(0, 0)).toBe("0 of 925 MB");
  expect(at(1, 12e6)).toBe("12 of 925 MB, 12 MB/s, 77 s left");
  expect(at(2, 14e6)).toBe("14 of 925 MB, 7.0 MB/s, 3 min left");
});

it("Transfer goes by the rate of the last ten seconds", () => {
  const at = transfer(1e9);
  at(0, 0);
  at(5, 500e6);
  at(20, 510e6);
  expect(at(25, 515e6)).toBe("515 of 1000 MB, 1.0 MB/s, 9 min left");
});

it("Transfer does not count what was there before, nor what was lost", () => {
  const at = transfer(1e9);
  expect(at(0, 900e6)).toBe("900 of 1000 MB");
  expect(at(1, 910e6)).toBe("910 of 1000 MB, 10 MB/s, 9 s left");
  expect(at(2, 0)).toBe("0 of 1000 MB");
  expect(at(3, 1e6)).toBe("1 of 1000 MB, 1.0 MB/s, 17 min left");
});

it("Transfer has nothing new to say within a tenth of a second, but for the end", () => {
  const at = transfer(1e6);
  at(0, 0);
  expect(at(0.05, 1e5)).toBeUndefined();
  expect(at(0.06, 1e6)).toBeDefined();
});
