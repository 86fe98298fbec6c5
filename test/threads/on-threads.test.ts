import { describe, expect, it } from "vitest";
import { ExitCode, UserError } from "../../src/errors.ts";
import { onThreads, type ThreadedWork } from "../../src/threads/on-threads.ts";
import { moduleBeside } from "../../src/threads/open-worker.ts";
import type { Numbers } from "./numbers-worker.ts";

const module = moduleBeside(import.meta.url, "numbers-worker");

async function squares(
  threads: number,
  asked: Partial<ThreadedWork<Numbers, number>> & { fails?: Numbers["fails"] } = {},
): Promise<number[]> {
  const { fails, ...rest } = asked;
  const found: number[] = [];
  await onThreads<Numbers, number>({
    module,
    data: { offset: 10, ...(fails === undefined ? {} : { fails }) },
    count: 6,
    threads,
    onResult: (result, number) => {
      found[number] = result;
    },
    ...rest,
  });
  return found;
}

describe("onThreads()", () => {
  it.each([1, 2])("gives each number its result, on %i threads", async (threads) => {
    expect(await squares(threads)).toEqual([100, 121, 144, 169, 196, 225]);
  });

  it("is done at once where nothing is asked for", async () => {
    expect(await squares(2, { count: 0 })).toEqual([]);
  });

  it("throws a user's error as the thread threw it", async () => {
    const error = await squares(2, { fails: "as the user's" }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: "Cannot go on", exitCode: ExitCode.data, hint: "try less" });
  });

  it.each([
    ["to prepare", UserError, "Cannot prepare"],
    ["as a bug", RangeError, "number 3 is out of range"],
    ["by leaving", Error, "a thread ended with code 7 before its work was done"],
  ] as const)("throws where a thread fails %s", async (fails, kind, message) => {
    const error = await squares(1, { fails }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toBe(message);
  });

  it("throws where there is no such module", async () => {
    await expect(squares(1, { module: moduleBeside(import.meta.url, "none") })).rejects.toThrow("none.ts");
  });

  it("takes no result after an interruption, and starts nothing after an earlier one", async () => {
    const interruption = new AbortController();
    const taken: number[] = [];
    const { signal } = interruption;
    const onResult = (_: number, number: number) => {
      taken.push(number);
      if (taken.length === 2) interruption.abort(new Error("enough"));
    };
    await expect(squares(2, { count: 1000, signal, onResult })).rejects.toThrow("enough");
    await expect(squares(2, { signal, onResult })).rejects.toThrow("enough");
    expect(taken).toHaveLength(2);
  });
});
