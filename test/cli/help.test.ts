import { describe, expect, it } from "vitest";
import { drp } from "./drp.ts";

describe("drp help", () => {
  it("shows what drp can do, or what the command named can", async () => {
    expect(await drp(["help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: drp [options]") });
    for (const argv of ["help generate", "generate --help", "help generate x"]) {
      const usage = expect.stringContaining("Usage: drp generate [options]");
      expect(await drp(argv.split(" "))).toMatchObject({ code: 0, stdout: usage, stderr: "" });
    }
    for (const argv of ["help model list", "model help list", "model list --help"]) {
      const usage = expect.stringContaining("Usage: drp model list [options]");
      expect(await drp(argv.split(" "))).toMatchObject({ code: 0, stdout: usage, stderr: "" });
    }
  });

  it("shows the defaults of options, but for flags, which are off", async () => {
    const { stdout } = await drp(["model", "bench", "--help"]);
    expect(stdout.replace(/\s+/g, " ")).toContain("separated by commas (default: 512,1024,2048)");
    expect(stdout).toMatch(/--json +print JSON\n/);
  });

  it.each([
    ["help forcast", "forcast", "forecast"],
    ["forcast --help", "forcast", "forecast"],
    ["forcast", "forcast", "forecast"],
    ["help model lst", "lst", "list"],
    ["model help lst", "lst", "list"],
    ["model lst --help", "lst", "list"],
  ])("exits 2 at `drp %s`, with the closest name", async (argv, name, closest) => {
    const stderr = `error: unknown command '${name}'\n(Did you mean ${closest}?)\n`;
    expect(await drp(argv.split(" "))).toEqual({ code: 2, stdout: "", stderr });
  });
});
