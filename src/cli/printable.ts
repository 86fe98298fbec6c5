import { STEERING } from "../naming/steering.ts";

/** Text of one line or several as a terminal may show it: what steers it, but for line breaks, escaped as JSON has it. */
export function printable(text: string): string {
  return text.replace(STEERING, (mark) => (mark === "\n" ? mark : escaped(mark)));
}

/** Text as a part of one line: `printable()`, with its line breaks escaped too. */
export function oneLine(text: string): string {
  return text.replace(STEERING, escaped);
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
