/** Whether [SEG] comes before the reasoning, as in the paper, or after it, so that it can depend on it. */
export type AnswerOrder = 'segment-first' | 'reason-first';

export interface AnswerSentences {
  /** Holds [SEG]. */
  readonly segmentation: string;
  readonly reasoning: string;
}

/** The sentence of the official answers. @source Sim4Seg, answers of its training data */
export const OFFICIAL_SEGMENTATION = 'Sure, it is [SEG].';

/** An answer in one of both orders. */
export function orderAnswer({ segmentation, reasoning }: AnswerSentences, order: AnswerOrder): string {
  const sentences = order === 'segment-first' ? [segmentation, reasoning] : [reasoning, segmentation];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}
