import type { Presence, PresenceEvidence, PresenceJudge } from '@sim4seg/core';

export interface SegTokenThresholds {
  /** At or above this probability the target is present. */
  readonly presentFrom: number;
  /** Below this probability it is absent; between both it is unsure. */
  readonly absentBelow: number;
}

/**
 * Presence by what the answers say: the probability of Yes before sampling, and whether a [SEG] came at all. A path
 * without a probability counts as 1 with a [SEG] and as 0 without. Where most answers contradict the probability, the
 * verdict is unsure; no evidence at all is unsure, too.
 */
export function createSegTokenJudge(thresholds: SegTokenThresholds): PresenceJudge {
  return {
    judge: (evidence) => {
      const probabilities = evidence.map(pathProbability).filter((value) => value !== null);
      if (probabilities.length === 0) return { presence: 'unsure', presentProb: 0.5 };
      const presentProb = probabilities.reduce((sum, value) => sum + value, 0) / probabilities.length;
      return { presence: verdict(presentProb, shareWithSeg(evidence), thresholds), presentProb };
    },
  };
}

function pathProbability({ presentProb, segCount }: PresenceEvidence): number | null {
  if (presentProb !== null) return presentProb;
  return segCount === null ? null : Number(segCount > 0);
}

/** Share of the paths with a [SEG]; null where no path says. */
function shareWithSeg(evidence: readonly PresenceEvidence[]): number | null {
  const counts = evidence.map(({ segCount }) => segCount).filter((count) => count !== null);
  return counts.length === 0 ? null : counts.filter((count) => count > 0).length / counts.length;
}

function verdict(presentProb: number, share: number | null, thresholds: SegTokenThresholds): Presence {
  if (presentProb >= thresholds.presentFrom) return share === null || share > 0 ? 'present' : 'unsure';
  if (presentProb < thresholds.absentBelow) return share === null || share < 1 ? 'absent' : 'unsure';
  return 'unsure';
}
