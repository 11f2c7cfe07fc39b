import { expectFinite, Sim4SegError } from '@sim4seg/core';
import type { CandidateScorer, CandidateSelector, PresenceJudge } from '@sim4seg/core';

/** Says present where the mean probability of the paths is above one half. */
export function fakePresenceJudge(): PresenceJudge {
  return {
    judge(evidence) {
      const known = evidence.map(({ presentProb }) => presentProb ?? 0.5);
      const presentProb = known.length === 0 ? 0.5 : known.reduce((sum, value) => sum + value, 0) / known.length;
      expectFinite('presentProb', [presentProb]);
      if (!evidence.some((path) => path.presentProb !== null)) return { presence: 'unsure', presentProb };
      return { presence: presentProb > 0.5 ? 'present' : 'absent', presentProb };
    },
  };
}

/** Scores candidates by their predicted IoU. */
export function fakeScorer(): CandidateScorer {
  return { score: (candidates) => candidates.map(({ predictedIou }) => predictedIou) };
}

/** Picks the first candidate with the highest score of the first scorer; without a scorer the first. */
export function fakeSelector(): CandidateSelector {
  return {
    select(candidates, scores) {
      if (candidates.length === 0) throw noCandidates();
      const first = scores[0] ?? candidates.map(() => 0);
      return { index: Math.max(0, first.indexOf(Math.max(...first))), scores: first };
    },
  };
}

function noCandidates(): Sim4SegError {
  const must = 'A selector gets at least one candidate';
  return new Sim4SegError('USAGE', { must, got: 'none', fix: 'ask for a selection only where a path drew a mask' });
}
