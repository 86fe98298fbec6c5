import { describe, expect, it } from "vitest";
import { cannotWrite } from "../../src/files/cannot-write.ts";

describe("cannotWrite()", () => {
  it("says in words what the system names by a code", () => {
    const error = Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: "EACCES" });
    expect(cannotWrite("x", error, "name another")).toMatchObject({
      message: 'Cannot write "x": permission denied',
      exitCode: 5,
      hint: "name another",
      cause: error,
    });
  });

  it("keeps the words of the system where it has none of its own", () => {
    const error = Object.assign(new Error("ENAMETOOLONG: name too long"), { code: "ENAMETOOLONG" });
    expect(cannotWrite("x", error, "").message).toBe('Cannot write "x": ENAMETOOLONG: name too long');
  });
});
