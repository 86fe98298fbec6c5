import { eastAsianWidth } from "get-east-asian-width";

/** Such as a joiner or a mark of direction. */
const UNSEEN = /^\p{Default_Ignorable_Code_Point}/u;

/** Drawn as an emoji, which is wide: a flag is one of two letters, and U+FE0F asks for it. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;

const signs = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Columns that text takes on a terminal: marks that combine none, wide signs two.
 * Source: unicode.org/reports/tr11, East Asian Width; an ambiguous one counts as narrow.
 *
 * @param text without control characters
 */
export function shownWidth(text: string): number {
  let width = 0;
  for (const { segment } of signs.segment(text)) {
    if (UNSEEN.test(segment)) continue;
    width += EMOJI.test(segment) ? 2 : eastAsianWidth(segment.codePointAt(0)!);
  }
  return width;
}
