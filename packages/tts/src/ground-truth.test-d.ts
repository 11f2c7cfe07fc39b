import type { Candidate } from '@sim4seg/core';
import { createPredictedIouSelector } from './selectors.js';

// Read by ground-truth.test.ts through the compiler: each line below an expectation has to be an error.
declare const candidate: Candidate;

// @ts-expect-error a candidate has no ground truth
export const truth = candidate.groundTruth;

// @ts-expect-error nor a true IoU
export const trueIou = candidate.iou;

// @ts-expect-error a selector takes candidates and scores, nothing else
export const selection = createPredictedIouSelector({ weights: [] }).select([candidate], [], {
  groundTruth: candidate.maskBits,
});

export const known:
  'pathIndex' | 'maskIndex' | 'maskBits' | 'maskConfidence' | 'predictedIou' | 'pathLogProb' | 'diagnosisId' =
  null as unknown as keyof Candidate;
