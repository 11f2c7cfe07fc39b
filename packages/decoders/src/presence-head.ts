import type { PresenceJudge } from '@sim4seg/core';
import { z } from 'zod';

/** Above `present` the target is there, below `absent` it is not; between them the judge is unsure. */
export const presenceHeadOptionsSchema = z
  .strictObject({
    present: z.number().min(0).max(1).default(0.5),
    absent: z.number().min(0).max(1).default(0.5),
  })
  .refine(({ present, absent }) => absent <= present, { message: 'absent must not exceed present' });

export type PresenceHeadOptions = z.output<typeof presenceHeadOptionsSchema>;

/**
 * Judges presence by the decoder's presence head: the mean probability over the paths that reached the decoder. A path
 * without [SEG] asked for no mask and counts as 0.
 */
export function createPresenceHead({ present, absent }: PresenceHeadOptions): PresenceJudge {
  return {
    judge: (evidence) => {
      const probabilities = evidence.map(({ presenceLogit }) => (presenceLogit === null ? 0 : sigmoid(presenceLogit)));
      const presentProb = probabilities.reduce((sum, p) => sum + p, 0) / Math.max(1, probabilities.length);
      const presence = presentProb >= present ? 'present' : presentProb < absent ? 'absent' : 'unsure';
      return { presence, presentProb };
    },
  };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
