import { Sim4SegError } from '@sim4seg/core';

/** A question longer than this is no question; refused before it is split into tokens. */
export const MAX_QUESTION_CHARACTERS = 2000;

/** Control and format characters, line and paragraph separators; a joiner inside a word is text and stays. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/**
 * A question as the model reads it: well-formed Unicode (NFC), control characters and runs of blanks as one blank.
 * @throws QUESTION_EMPTY when nothing is left
 * @throws QUESTION_TOO_LONG beyond {@link MAX_QUESTION_CHARACTERS}
 */
export function cleanQuestion(question: string): string {
  if (question.length > MAX_QUESTION_CHARACTERS) {
    throw questionTooLong(`at most ${MAX_QUESTION_CHARACTERS} characters`, `${question.length} characters`);
  }
  const text = toWellFormed(question).normalize('NFC').replace(CONTROLS, ' ').replace(/\s+/gu, ' ').trim();
  if (text !== '') return text;
  throw new Sim4SegError('QUESTION_EMPTY', {
    must: 'A question says what to look for',
    got: question === '' ? 'an empty text' : 'a text of blanks and control characters',
    fix: 'ask for a target, such as "Is there a breast lesion in this ultrasound? Outline it."',
  });
}

/** Lone surrogates become the replacement character. */
const toWellFormed = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));

/** QUESTION_TOO_LONG with the limit that was broken. */
export function questionTooLong(limit: string, got: string): Sim4SegError {
  return new Sim4SegError('QUESTION_TOO_LONG', {
    must: `A question has ${limit}`,
    got,
    fix: 'ask for one target in one or two sentences',
  });
}
