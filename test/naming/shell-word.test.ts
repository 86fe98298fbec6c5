import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellWord } from "../../src/naming/shell-word.ts";

describe("shellWord()", () => {
  it("leaves plain words as they are", () => {
    for (const word of ["data", "./my-data/2025_01", "größe/日本"]) expect(shellWord(word)).toBe(word);
  });

  it("puts others in quotes", () => {
    expect(shellWord("my data")).toBe('"my data"');
    expect(shellWord("")).toBe('""');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
  });

  it("is read back by a shell", () => {
    const words = ["a b", "", "~", "it's", "it's $HOME", 'a"b', "a`id`b", "a\\b!", "(x) & y; z > w", "*", "#1", "a|b"];
    const read = execFileSync("sh", ["-c", `printf '%s\\n' ${words.map(shellWord).join(" ")}`], { encoding: "utf8" });
    expect(read.split("\n").slice(0, -1)).toEqual(words);
  });
});
