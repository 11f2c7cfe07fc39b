import type { MaskBits } from '../masks/mask-bits.js';

/** One mask made from one path. Carries no ground truth, so that a selector cannot reach it by type. */
export interface Candidate {
  readonly pathIndex: number;
  readonly maskIndex: number;
  /** In the original frame. */
  readonly maskBits: MaskBits;
  /** Mean of max(p, 1 - p) over the content of the model frame. */
  readonly maskConfidence: number;
  readonly predictedIou: number;
  /** Mean token log-probability of the path. */
  readonly pathLogProb: number;
  /** Diagnosis id parsed from the path's text, or null if unparsed. */
  readonly diagnosisId: string | null;
}

export interface CandidateScorer {
  /** One score a candidate; higher is better. */
  score(candidates: readonly Candidate[]): readonly number[];
}

export interface Selection {
  readonly index: number;
  readonly scores: readonly number[];
}

export interface CandidateSelector {
  /** @param scores one row per configured scorer, in the order of the config. */
  select(candidates: readonly Candidate[], scores: readonly (readonly number[])[]): Selection;
}
