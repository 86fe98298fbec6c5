/** A thread for `on-threads.test.ts`: squares numbers, and fails as it is told to. */
import { ExitCode, UserError } from "../../src/errors.ts";
import { answer } from "../../src/threads/answer.ts";

export type Numbers = { offset: number; fails?: "as the user's" | "as a bug" | "to prepare" | "by leaving" };

answer(async ({ offset, fails }: Numbers) => {
  if (fails === "to prepare") throw new UserError("Cannot prepare", ExitCode.model);
  return (number) => {
    if (number === 3 && fails === "as the user's") throw new UserError("Cannot go on", ExitCode.data, "try less");
    if (number === 3 && fails === "as a bug") throw new RangeError("number 3 is out of range");
    if (number === 3 && fails === "by leaving") process.exit(7);
    return (number + offset) ** 2;
  };
});
