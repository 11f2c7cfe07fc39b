import { Sim4SegError } from '@sim4seg/core';
import type { Tokenizer } from '../text/tokenizer.js';
import { softmax } from './choose-token.js';

/** Words with which an answer begins that says yes or no. */
export interface PresenceWords {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** Ids with which an answer begins that says yes or no. */
export interface PresenceIds {
  readonly yes: readonly number[];
  readonly no: readonly number[];
}

/**
 * First ids of answers that begin with these words.
 * @throws TOKENIZER_INVALID when yes and no begin with the same id: their probabilities could not be told apart
 */
export function presenceIds(
  tokenizer: Pick<Tokenizer, 'wordId'>,
  words: PresenceWords = { yes: ['Yes'], no: ['No'] },
): PresenceIds {
  const firstIds = (list: readonly string[]): number[] =>
    list.map((word) => tokenizer.wordId(word)).filter((id) => id !== null);
  const ids = { yes: firstIds(words.yes), no: firstIds(words.no) };
  if (!ids.yes.some((id) => ids.no.includes(id))) return ids;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: 'Yes and No begin with different tokens',
    got: `${ids.yes.join(', ')} and ${ids.no.join(', ')}`,
    fix: 'train the tokenizer on texts whose answers begin with Yes and No, with room for more merges',
  });
}

/**
 * Probability that the answer will say that the target is there: P(yes) / (P(yes) + P(no)) of the first answer token,
 * before anything is sampled.
 * - `logits`: float32[V] of the first answer token
 */
export function presenceProb(logits: Float32Array, { yes, no }: PresenceIds): number {
  const probabilities = softmax(logits);
  const mass = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + (probabilities[id] as number), 0);
  const [present, absent] = [mass(yes), mass(no)];
  return present + absent > 0 ? present / (present + absent) : 0.5;
}
