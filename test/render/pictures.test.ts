import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { METHOD_NAMES } from "../../src/backtest/method-names.ts";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { captureChartSvg } from "../../src/render/capture-chart.ts";
import { forecastChartSvg } from "../../src/render/forecast-chart.ts";
import { contrastingInk, luminanceOf, RISK_RAMP, rampOf, SAFETY_RAMP } from "../../src/render/palette.ts";
import { reliabilityDiagramSvg } from "../../src/render/reliability-diagram.ts";
import { riskHeatmapSvg } from "../../src/render/risk-heatmap.ts";
import { safeWindowsHeatmapSvg } from "../../src/render/safe-windows-heatmap.ts";
import { text, textWidth } from "../../src/render/svg.ts";
import { assess } from "../../src/windows/assess.ts";
import { forecastOf, NEW_YEAR, typicalWeek } from "../windows/forecasts.ts";
import { expectLabelsInside } from "./labels.ts";
import { expectPicture } from "./snapshot.ts";

const week = typicalWeek({ zone: "Europe/Berlin", originHour: NEW_YEAR + 17 });

/** Incidents every 50 hours, with a gap of missing hours. */
function chart(hours = 30 * 24, forecast = week) {
  const values = Float64Array.from({ length: hours }, (_, i) => (i % 50 === 0 ? 1 + (i % 3) : 0));
  values.fill(Number.NaN, 100, Math.min(102, hours));
  const history = { startHour: forecast.originHour - hours, values };
  const matches = forecast.hours
    .filter(({ loadIncidents }) => loadIncidents > 0)
    .map(({ hour }) => ({ hour, trafficMultiplier: 3 }));
  return forecastChartSvg({ zone: forecast.zone, history, forecast, matches, caption: "data · model drp-mini" });
}

describe("pictures", () => {
  it("riskHeatmapSvg() is as committed", () =>
    expectPicture(riskHeatmapSvg(week, assess(week), "data · model drp-mini"), "risk-heatmap"));
  it("safeWindowsHeatmapSvg() is as committed", () =>
    expectPicture(safeWindowsHeatmapSvg(week, assess(week), "data · model drp-mini"), "safe-windows-heatmap"));
  it("forecastChartSvg() is as committed", () => expectPicture(chart(), "forecast-chart"));

  it("have a cell for every hour and none for an hour that clocks skip", () => {
    const spring = forecastOf(new Array<number>(48).fill(0.05), {
      zone: "Europe/Berlin",
      originHour: Date.UTC(2024, 2, 30) / HOUR_MS,
    });
    const svg = riskHeatmapSvg(spring, assess(spring), "");
    expect(svg.match(/>5\.0</g)).toHaveLength(47);
    expect(svg.match(/>skipped</g)).toHaveLength(1);
    const autumn = forecastOf(new Array<number>(24).fill(0.05), {
      zone: "Europe/Berlin",
      originHour: Date.UTC(2024, 9, 27) / HOUR_MS,
    });
    expect(riskHeatmapSvg(autumn, assess(autumn), "")).toContain(">5.0 ×2<");
  });

  it("say so when no hour stands out, and stay light", () => {
    const even = forecastOf(new Array<number>(48).fill(0.05));
    const svg = riskHeatmapSvg(even, assess(even), "");
    expect(svg).toContain("no hour stands out");
    const colour = rampOf(RISK_RAMP, 4 * 0.05).colour(0.05);
    expect(svg).toContain(colour);
    expect(luminanceOf(colour)).toBeGreaterThan(0.4);
  });

  it("do not say that no hour stands out where the share that can be avoid is too small for those that do", () => {
    const assessment = assess(week, { avoidShare: 0 });
    expect(riskHeatmapSvg(week, assessment, "")).toContain(
      "none to avoid: more hours stand out than --avoid-share allows",
    );
    for (const draw of [riskHeatmapSvg, safeWindowsHeatmapSvg])
      expect(draw(week, assessment, "")).not.toContain("no hour stands out");
  });

  it("name zone, dates and units", () => {
    const svg = riskHeatmapSvg(week, assess(week), "");
    expect(svg).toContain("Wed 1 Jan 2025 17:00 – Wed 8 Jan 2025 17:00, Europe/Berlin");
    expect(svg).toContain("Hour of day (Europe/Berlin)");
    expect(svg).toContain("chance of an incident in its 2 h watch, %");
    expect(chart()).toContain("now: Wed 1 Jan 17:00");
  });

  it("keep a long name of a service and of a folder inside the picture", () => {
    const of = "checkout-of-the-platform-team-".repeat(4);
    const forecast = { ...week, service: of, change: { size: "medium" as const, critical: false } };
    expect(chart(720, forecast)).toMatch(/7-day forecast: checkout-of/);
    for (const draw of [riskHeatmapSvg, safeWindowsHeatmapSvg]) {
      const svg = draw(forecast, assess(forecast), "folder-".repeat(30));
      const [, size, title] = /<text x="118" y="36"[^>]*font-size="([\d.]+)"[^>]*>([^<]*)</.exec(svg)!;
      expect(title).toMatch(/ of checkout-of-the-plat…-the-platform-team-$/);
      expect(118 + textWidth(title!, Number(size))).toBeLessThanOrEqual(1400);
      expect(svg).toMatch(/>folder-[^<]*…[^<]*folder-</);
    }
  });

  it("have a colour scale of probabilities, up to 100 % at most", () => {
    const certain = forecastOf(new Array<number>(48).fill(0.9));
    const svg = riskHeatmapSvg(certain, assess(certain), "");
    expect(svg).toContain(">100 %<");
    expect(svg).not.toContain(">120 %<");
  });

  it("say up to which risk an hour is safe", () => {
    const rising = forecastOf(Array.from({ length: 101 }, (_, i) => 0.1 + i / 1000));
    expect(safeWindowsHeatmapSvg(rising, assess(rising), "")).toContain("safe: risk at or below 15.0 %");
    expect(safeWindowsHeatmapSvg(rising, assess(rising, { safeShare: 0.2 }), "")).toContain("at or below 12.0 %");
  });

  it("draw no line where there was no incident to catch", () => {
    const svg = captureChartSvg([{ name: "drp", captured: null }], "", "");
    expect(svg).toContain("no incident to catch");
    expect(svg).not.toMatch(/NaN|0 % in the riskiest/);
  });

  it("keep the longest names of a backtest inside the picture", () => {
    const span = "52 weeks, Wed 1 Jan 2025 – Wed 31 Dec 2025, America/Argentina/ComodRivadavia: 1234 incidents";
    const caption = "folder-".repeat(30);
    const names = Object.values(METHOD_NAMES);
    expectLabelsInside(
      captureChartSvg(
        names.map((name) => ({ name, captured: [0, 0.5, 1] })),
        span,
        caption,
      ),
    );
    const points = Array.from({ length: 10 }, (_, i) => ({
      hours: 874,
      events: 87 * i,
      forecast: i / 10,
      frequency: i / 11,
    }));
    for (const name of names) expectLabelsInside(reliabilityDiagramSvg(points, `${name}: ${span}`, caption));
  });

  it("keep every label inside the picture, whatever the horizon", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 720 }),
        (horizon, first, past) => {
          const forecast = typicalWeek({ originHour: NEW_YEAR + first, horizon });
          const pictures = [
            riskHeatmapSvg(forecast, assess(forecast), "caption"),
            safeWindowsHeatmapSvg(forecast, assess(forecast), "caption"),
            chart(past, forecast),
          ];
          for (const svg of pictures) expectLabelsInside(svg);
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe("palette", () => {
  /** CIELAB of #rrggbb (D65). Source: CIE 15:2004. */
  function lab(colour: string): [number, number, number] {
    const linear = [1, 3, 5].map((i) => {
      const c = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return labOf(linear as [number, number, number]);
  }
  function labOf([r, g, b]: [number, number, number]): [number, number, number] {
    const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
    const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  }
  /** Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6), severity 1, linear RGB. */
  const DEFICIENCIES = {
    protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
    deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  };

  it.each([
    ["risk", RISK_RAMP],
    ["safety", SAFETY_RAMP],
  ])("%s ramp darkens steadily", (_, colours) => {
    const ramp = rampOf(colours, 1);
    const lightness = Array.from({ length: 41 }, (_, i) => lab(ramp.colour(i / 40))[0]);
    for (let i = 1; i < lightness.length; i += 1) expect(lightness[i]!).toBeLessThan(lightness[i - 1]!);
  });

  it.each(Object.entries(DEFICIENCIES))("eighths of both ramps stay apart with %s", (_, m) => {
    for (const colours of [RISK_RAMP, SAFETY_RAMP]) {
      const ramp = rampOf(colours, 1);
      const seen = Array.from({ length: 9 }, (_, i) => {
        const linear = [1, 3, 5].map((at) => {
          const c = Number.parseInt(ramp.colour(i / 8).slice(at, at + 2), 16) / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        const row = (k: number) => Math.max(0, m[k]! * linear[0]! + m[k + 1]! * linear[1]! + m[k + 2]! * linear[2]!);
        return labOf([row(0), row(3), row(6)]);
      });
      for (let i = 1; i < seen.length; i += 1) {
        // A difference of 2.3 is just noticeable (Mahy et al. 1994).
        expect(Math.hypot(...seen[i]!.map((value, k) => value - seen[i - 1]![k]!))).toBeGreaterThan(5);
      }
    }
  });

  it("writes on every colour with a contrast of 4.5 and more", () => {
    for (const colours of [RISK_RAMP, SAFETY_RAMP]) {
      const ramp = rampOf(colours, 1);
      for (let i = 0; i <= 100; i += 1) {
        const [back, ink] = [luminanceOf(ramp.colour(i / 100)), luminanceOf(contrastingInk(ramp.colour(i / 100)))];
        expect((Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe("text()", () => {
  it("escapes what XML would read as its own", () => {
    expect(text(0, 0, '<a & "b">\u0007', { size: 10 })).toContain(">&lt;a &amp; &quot;b&quot;&gt; </text>");
  });
});
