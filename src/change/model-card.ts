import type { EvaluationDocument } from "./evaluation-document.ts";
import type { ModelDocument } from "./model-document.ts";
import type { Choice } from "./train-change-model.ts";

export type CardContent = {
  schema: ModelDocument;
  evaluation: EvaluationDocument;
  choice: Choice;
  /** lines of the score table */
  table: readonly string[];
  /** whether the saved model was trained on all changes after the scores were made */
  refit: boolean;
  /** for people */
  source: string;
};

const DAY_MS = 86_400_000;

/** The card of a trained model. Source: Mitchell et al. (2019), "Model Cards for Model Reporting", FAT*. */
export function modelCard({ schema, evaluation, choice, table, refit, source }: CardContent): string {
  const { training, features } = schema;
  const members =
    choice.forestShare === 1
      ? "a random forest"
      : choice.forestShare === 0
        ? "a logistic regression"
        : "the average of a random forest and a logistic regression";
  const age = Number.isFinite(choice.halfLifeMs)
    ? `a change counts half of one ${Math.max(1, Math.round(choice.halfLifeMs / DAY_MS))} days later`
    : "all changes count alike";
  const numbers = features.flatMap((feature) => (feature.kind === "number" ? [feature] : []));
  const categories = features.flatMap((feature) => (feature.kind === "category" ? [feature] : []));
  return `# Which changes fail: a model trained by drp

- **What it answers**: the probability that a change fails (${plain(schema.label)}), from what is known when it starts.
- **Model**: ${members}, chosen by time-ordered validation on the training part; ${age}; recalibrated on the latest tenth of
  training. \`model.onnx\` holds all of it.
- **Data**: ${plain(source)} (${schema.source}); ${training.changes} changes, ${training.failures} failed, ${training.from.slice(0, 10)} to ${training.to.slice(0, 10)}.
- **Not for**: judging people; changes of another platform or project; times long after its training, for what makes changes fail
  moves: train again every few weeks.

## Scores
On the latest changes, ${evaluation.split.test.from.slice(0, 10)} to ${evaluation.split.test.to.slice(0, 10)}, none of which it had seen${refit ? "; the saved model was then trained again on all changes, these included" : ""}.

\`\`\`
${table.join("\n")}
\`\`\`

AUC: chance that a failure was ranked above a success. ECE: expected calibration error over ten bins. Top: share of the failures
in the riskiest changes. 20 % effort: share of the failures found with a fifth of the lines inspected.

## Features
| feature | median | range in training |
|---|---|---|
${numbers.map(({ name, fill, min, max }) => `| ${plain(name)} | ${brief(fill)} | ${brief(min)} – ${brief(max)} |`).join("\n")}

${categories.map(({ name, levels }) => `- ${plain(name)}: ${levels.map(plain).join(", ")}; any other counts as "another"`).join("\n")}
`;
}

/** Text that Markdown shows as it is, in one line. Source: spec.commonmark.org/0.31.2, 2.4; an underscore inside a word is one. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").replace(/[\\`*[\]<>#|~&!]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
}

function brief(value: number): string {
  return String(Number(value.toPrecision(4)));
}
