import { describe, expect, it } from "vitest";
import { type CardContent, modelCard } from "../../src/change/model-card.ts";
import { modelDocument } from "../../src/change/model-document.ts";

function cardOf(names: { number: string; category: string; levels: string[]; label: string; source: string }): string {
  const schema = modelDocument({
    source: "table",
    label: names.label,
    time: "at",
    timezone: "UTC",
    attributionHours: null,
    features: [
      { name: names.number, kind: "number", fill: 1, min: 0, max: 2 },
      { name: names.category, kind: "category", levels: names.levels },
    ],
    training: { changes: 100, failures: 20, from: "2024-01-01T00:00:00.000Z", to: "2024-02-01T00:00:00.000Z" },
    percentiles: new Array(101).fill(0.5),
    sha256: "0".repeat(64),
  });
  const part = { changes: 10, failures: 2, from: "2024-02-01T00:00:00.000Z", to: "2024-03-01T00:00:00.000Z" };
  return modelCard({
    schema,
    evaluation: { split: { test: part } } as CardContent["evaluation"],
    choice: { forestShare: 0.5, halfLifeMs: Infinity, candidates: [] },
    table: [],
    refit: false,
    source: names.source,
  });
}

describe("modelCard()", () => {
  it("shows names as they are, whatever they mean in Markdown", () => {
    const card = cardOf({
      number: "a|b",
      category: "*c*_d_",
      levels: ["<b>x</b>", "`q`", "[l](u)", "one\ntwo"],
      label: "`failed`",
      source: "my_data/#1.csv",
    });
    expect(card).toContain("| a\\|b | 1 | 0 – 2 |");
    expect(card).toContain("- \\*c\\*\\_d\\_: \\<b\\>x\\</b\\>, \\`q\\`, \\[l\\](u), one two; any other");
    expect(card).toContain("(\\`failed\\`), from what is known");
    expect(card).toContain("**Data**: my_data/\\#1.csv (table)");
  });

  it("leaves usual names alone", () => {
    const levels = ["eu-west", "api_v2"];
    const card = cardOf({ number: "lines_added", category: "env", levels, label: "failed", source: "changes.csv.gz" });
    expect(card).toContain("| lines_added | 1 | 0 – 2 |");
    expect(card).toContain("- env: eu-west, api_v2; any");
  });
});
