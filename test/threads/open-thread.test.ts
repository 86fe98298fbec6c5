import { describe, expect, it } from "vitest";
import { openThread } from "../../src/threads/open-thread.ts";
import { moduleBeside } from "../../src/threads/open-worker.ts";

const open = () => openThread(moduleBeside(import.meta.url, "mortal-worker"), undefined);

describe("openThread()", () => {
  it("refuses calls to a thread that has died, and closes it all the same", async () => {
    const thread = await open();
    expect(await thread.call("double", [21])).toBe(42);
    await expect(thread.call("die", [])).rejects.toThrow("the thread ended with code 3");
    await expect(thread.call("double", [1])).rejects.toThrow("the thread ended with code 3");
    await thread.close();
  });

  it("refuses calls once it is closed", async () => {
    const thread = await open();
    await thread.close();
    await expect(thread.call("double", [1])).rejects.toThrow("the thread ended with code 0");
  });
});
