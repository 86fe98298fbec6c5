/** What terminals draw two columns wide: CJK scripts with their punctuation and forms, and emoji. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Yi}\p{Script=Tangut}\p{Script=Nushu}\p{Script=Khitan_Small_Script}\p{Emoji_Presentation}\u2329\u232a\u2ff0-\u303e\u3099-\u33ff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f265}]/u;

/** Of those scripts, what is one column wide all the same. */
const HALF_WIDE = /^[\uff61-\uffdc]/;

/** Such as a joiner or a mark of direction. */
const UNSEEN = /^\p{Default_Ignorable_Code_Point}/u;

/** Asks for a sign as an emoji, which is wide. */
const AS_EMOJI = "\ufe0f";

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
    const wide = (WIDE.test(segment) && !HALF_WIDE.test(segment)) || segment.includes(AS_EMOJI);
    width += wide ? 2 : 1;
  }
  return width;
}
