/**
 * What a commit message says of other commits.
 * @module
 */

/** A message may speak of a defect in many ways; these are the words that Kamei et al. (2013) and their heirs look for. */
const FIX = /\b(?:(?:hot|bug)[ -]?)?fix(?:e[sd]|ing)?\b|\b(?:bugs?|defects?|regressions?|patch(?:e[sd])?)\b/i;

const REPAIR = /\b(?:hot[ -]?|bug[ -]?)?fix(?:e[sd])?\b/i;
const COSMETIC =
  /\b(?:typos?|spelling|lint(?:er|ing)?|format(?:ting)?|whitespace|comments?|docs?|documentation|changelog|readme)\b/i;
const AUTOSQUASH = /^(?:fixup|squash|amend)!/;

/** As git and the forges write it. */
const REVERT_SUBJECT = /^Revert "(.+)"$/;
const PULL_REQUEST = / \(#\d+\)$/;
const REVERTED_HASH = /\breverts? commit ([0-9a-f]{7,64})\b/gi;
/** The trailer `Fixes: 1a2b3c4d5e6f ("subject")`, and the same in a sentence. */
const FIXED_HASH = /\bfix(?:e[sd])?:?\s+(?:commit\s+)?([0-9a-f]{7,64})\b/gi;

export function isFix(message: string): boolean {
  return FIX.test(message);
}

/** The subject says that a defect is repaired: no mere typo, style or text, no commit meant to be squashed. */
export function isRepair(subject: string): boolean {
  return REPAIR.test(subject) && !COSMETIC.test(subject) && !AUTOSQUASH.test(subject);
}

export function isRevert({ subject, message }: { subject: string; message: string }): boolean {
  return revertedSubject(subject) !== undefined || revertedHashes(message).length > 0;
}

/** Hashes, perhaps abbreviated, of "This reverts commit …". */
export function revertedHashes(message: string): string[] {
  return hashes(message, REVERTED_HASH);
}

/** The subject in `Revert "subject"`, unnumbered. */
export function revertedSubject(subject: string): string | undefined {
  const reverted = REVERT_SUBJECT.exec(unnumbered(subject))?.[1];
  return reverted === undefined ? undefined : unnumbered(reverted);
}

/** Hashes, perhaps abbreviated, of "Fixes: …". */
export function fixedHashes(message: string): string[] {
  return hashes(message, FIXED_HASH);
}

/** A subject without the number of its pull request, which a revert of it may leave out. */
export function unnumbered(subject: string): string {
  return subject.replace(PULL_REQUEST, "");
}

function hashes(message: string, pattern: RegExp): string[] {
  return [...message.matchAll(pattern)].map((match) => match[1]!.toLowerCase());
}
