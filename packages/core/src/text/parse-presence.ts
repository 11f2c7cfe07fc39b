import type { Presence } from '../contracts/presence.js';

const UNSURE = /\b(?:not sure|unsure|uncertain|unclear|cannot (?:tell|say|be (?:determined|excluded))|inconclusive)\b/i;
const ABSENT =
  /^\s*no\b(?! doubt)|\b(?:there (?:is|are) no|no (?:evidence|sign)s? of|(?:is|are) (?:not|no longer) (?:present|there|visible|seen)|not there|absent)\b/i;
const PRESENT = /^\s*(?:yes|sure)\b|\[SEG\]|\b(?:there (?:is|are)(?! no)|(?:is|are) (?:present|visible|seen))\b/i;

/**
 * Reads from an answer whether the target is there. The first sentence decides where it says so, else the whole text:
 * words of doubt first, then a denial, then an affirmation or a [SEG]; nothing of these is `unsure`.
 */
export function parsePresence(text: string): Presence {
  const [first = ''] = text.split(/(?<=[.!?])\s/);
  return readPresence(first) ?? readPresence(text) ?? 'unsure';
}

function readPresence(text: string): Presence | undefined {
  if (UNSURE.test(text)) return 'unsure';
  if (ABSENT.test(text)) return 'absent';
  return PRESENT.test(text) ? 'present' : undefined;
}
