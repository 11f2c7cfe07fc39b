import type { Candidate, CandidateScorer } from '@sim4seg/core';

/** A scorer that reads one number of each candidate. */
function scorerOf(read: (candidate: Candidate) => number): CandidateScorer {
  return { score: (candidates) => candidates.map(read) };
}

/** The mask decoder's own estimate of its IoU; may leave 0..1. */
export const predictedIouScorer: CandidateScorer = scorerOf(({ predictedIou }) => predictedIou);

/** How sure the mask is of its pixels: mean of max(p, 1 - p), 0.5..1. */
export const maskConfidenceScorer: CandidateScorer = scorerOf(({ maskConfidence }) => maskConfidence);

/** Mean log-probability of the tokens of the path that asked for the mask; at most 0. */
export const pathLogProbScorer: CandidateScorer = scorerOf(({ pathLogProb }) => pathLogProb);
