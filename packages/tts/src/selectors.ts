import type { CandidateSelector } from '@sim4seg/core';
import { meanIouWithOthers } from './consensus.js';
import { chooseHighest } from './weighted-choice.js';
import type { SelectorOptions } from './weighted-choice.js';

/** The mask that the decoder itself trusts most. */
export function createPredictedIouSelector(options: SelectorOptions): CandidateSelector {
  return {
    select: (candidates, scores) =>
      chooseHighest(
        candidates.map(({ predictedIou }) => predictedIou),
        scores,
        options,
      ),
  };
}

/**
 * The medoid: the mask that agrees best with all others, by pairwise IoU.
 * @source self-consistency over sampled paths, on masks instead of answers
 */
export function createMaskConsensusSelector(options: SelectorOptions): CandidateSelector {
  return {
    select: (candidates, scores) =>
      chooseHighest(meanIouWithOthers(candidates.map(({ maskBits }) => maskBits)), scores, options),
  };
}
