import { describe, expect, it } from "vitest";
import { openOnBestDevice } from "../../src/forecast/choose-device.ts";
import { type Device, openModel } from "../../src/forecast/open-model.ts";

type Machine = {
  /** milliseconds of a forecast on each device; a device that is not named cannot be opened */
  speeds: Partial<Record<Device, number>>;
  /** by which a device's answers are off */
  errors?: Partial<Record<Device, number>>;
};

/** A machine with a clock of its own, and what is open on it. */
function machine({ speeds, errors = {} }: Machine) {
  let clock = 0;
  const open = new Set<Device>();
  const openOn = async (device: Device) => {
    const speed = speeds[device];
    if (speed === undefined) throw new Error(`no driver for ${device}\nand more`);
    open.add(device);
    return {
      device,
      longestContext: () => 4096,
      close: async () => {
        open.delete(device);
      },
      forecast: async (histories: readonly Float64Array[]) => {
        clock += speed;
        return histories.map((history) => ({
          mean: history.slice(0, 168).map((value) => value + (errors[device] ?? 0)),
          quantiles: new Float64Array(168 * 9),
          levels: [],
        }));
      },
    };
  };
  return { open, choose: (installed: readonly Device[]) => openOnBestDevice(openOn, installed, () => clock) };
}

describe("openOnBestDevice", () => {
  it("stays on the CPU where there is nothing else", async () => {
    const { open, choose } = machine({ speeds: { cpu: 10 } });
    const { model, trials } = await choose(["cpu"]);
    expect([model.device, trials, [...open]]).toEqual(["cpu", [], ["cpu"]]);
  });

  it("takes the first device that is faster and right, and closes the others", async () => {
    const { open, choose } = machine({ speeds: { cpu: 10, webgpu: 2 } });
    const { model, trials } = await choose(["cpu", "webgpu", "cuda"]);
    expect([model.device, [...open]]).toEqual(["webgpu", ["webgpu"]]);
    expect(trials).toEqual([
      { device: "cuda", found: "no driver for cuda" },
      { device: "webgpu", found: "5.0 × as fast as the CPU" },
    ]);
  });

  it.each([
    ["slower", { speeds: { cpu: 10, webgpu: 20 } }, "2.0 × as slow as the CPU"],
    ["wrong", { speeds: { cpu: 10, webgpu: 1 }, errors: { webgpu: 0.32 } }, "its answers are off by 0.010 of the"],
    ["no number", { speeds: { cpu: 10, webgpu: 1 }, errors: { webgpu: Number.NaN } }, "off by Infinity"],
  ] as const)("does not take a device that is %s", async (_, surroundings, found) => {
    const { open, choose } = machine(surroundings);
    const { model, trials } = await choose(["cpu", "webgpu"]);
    expect([model.device, [...open]]).toEqual(["cpu", ["cpu"]]);
    expect(trials).toEqual([{ device: "webgpu", found: expect.stringContaining(found) }]);
  });

  it("lets a difference pass that rounding makes", async () => {
    const { choose } = machine({ speeds: { cpu: 10, webgpu: 1 }, errors: { webgpu: 1e-3 } });
    expect((await choose(["cpu", "webgpu"])).model.device).toBe("webgpu");
  });
});

it('openModel({ device: "auto" }) gives the answers of the CPU', async () => {
  const [cpu, auto] = [await openModel("drp-mini"), await openModel("drp-mini", { device: "auto" })];
  const history = Float64Array.from({ length: 512 }, (_, hour) => 5 + (hour % 24));
  const [expected] = await cpu.forecast([history], { horizon: 24 });
  const [got] = await auto.forecast([history], { horizon: 24 });
  const worst = Math.max(...got!.mean.map((value, hour) => Math.abs(value - expected!.mean[hour]!)));
  expect(worst).toBeLessThanOrEqual(1e-3 * 28);
  await Promise.all([cpu.close(), auto.close()]);
});
