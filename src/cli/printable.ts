/** Control characters steer a terminal; names that come from files may hold them. */
const CONTROL = /\p{Cc}/gu;

/** Text of one line or several as a terminal may show it: control characters but line breaks escaped, as JSON has them. */
export function printable(text: string): string {
  return text.replace(CONTROL, (mark) => (mark === "\n" ? mark : escaped(mark)));
}

/** Text as a part of one line: `printable()`, with its line breaks escaped too. */
export function oneLine(text: string): string {
  return text.replace(CONTROL, escaped);
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
