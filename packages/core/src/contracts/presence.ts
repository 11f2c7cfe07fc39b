import type { FloatArray } from './arrays.js';
import type { ModelFrame } from './image.js';

export type Presence = 'present' | 'absent' | 'unsure';

/** What a presence judge may see of one path; never ground truth. */
export interface PresenceEvidence {
  readonly text: string;
  readonly segCount: number | null;
  readonly presentProb: number | null;
  readonly presenceLogit: number | null;
  readonly similarity: FloatArray | null;
  /** Frame over which the similarity lies, so that its padding can be left out; where absent, the image fills the grid. */
  readonly frame?: ModelFrame | undefined;
}

export interface PresenceVerdict {
  readonly presence: Presence;
  /** Probability 0..1 that the target is there. */
  readonly presentProb: number;
}

export interface PresenceJudge {
  judge(evidence: readonly PresenceEvidence[]): PresenceVerdict;
}
