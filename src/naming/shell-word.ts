/** What no shell reads as anything but itself. */
const PLAIN = /^[\p{L}\p{N}_@%+=:,./-]+$/u;

/** A word of a command that people copy into a shell: in quotes where it has spaces or signs that a shell reads. */
export function shellWord(word: string): string {
  if (PLAIN.test(word)) return word;
  // Double quotes are understood everywhere, but leave some signs their meaning.
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}
