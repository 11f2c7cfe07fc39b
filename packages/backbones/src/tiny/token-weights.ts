import type { TrainingConversation } from '@sim4seg/compute';
import type { Tokenizer } from '../text/tokenizer.js';

const NO_SPAN = -1;

/**
 * Weight of each token of an answer: the largest of the spans that it touches, else `restWeight`. Answers are encoded
 * with a blank in front, which belongs to the first character.
 * @param answer ids of the answer, stop included
 */
export function tokenWeights(
  { answer: text, spans, restWeight }: Pick<TrainingConversation, 'answer' | 'spans' | 'restWeight'>,
  answer: readonly number[],
  tokenizer: Tokenizer,
): number[] {
  const byCharacter = new Float32Array(text.length + 1).fill(NO_SPAN);
  for (const { start, end, weight } of spans) {
    for (let i = start; i < end; i++) byCharacter[i] = Math.max(byCharacter[i] as number, weight);
  }
  const byByte = weightOfBytes(text, byCharacter);
  let from = 0;
  return answer.map((id) => {
    const bytes = tokenizer.tokenBytes(id).length;
    const touched = byByte.slice(from, from + bytes).filter((weight) => weight !== NO_SPAN);
    from += bytes;
    return touched.length > 0 ? Math.max(...touched) : restWeight;
  });
}

/** Weight of every UTF-8 byte of ` ${text}`; the blank in front takes that of the first character. */
function weightOfBytes(text: string, byCharacter: Float32Array): number[] {
  const encoder = new TextEncoder();
  const weights = [byCharacter[0] as number];
  let at = 0;
  for (const character of text) {
    const bytes = encoder.encode(character).length;
    weights.push(...new Array<number>(bytes).fill(byCharacter[at] as number));
    at += character.length;
  }
  return weights;
}
