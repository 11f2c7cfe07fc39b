import { services } from '@sim4seg/core';
import type { Candidate, CandidateScorer } from '@sim4seg/core';
import { demand } from '../breach.js';
import { firstDifference } from '../compare.js';
import { testCandidates } from '../inputs.js';
import type { Suite } from '../suite.js';

/** One number a candidate, whatever their order. */
export const scorerSuite: Suite<CandidateScorer, readonly Candidate[], readonly number[]> = {
  kind: 'scorer',
  service: services.scorer,
  abortable: false,
  tolerance: 1e-9,
  // A scorer may pass on the NaN of a candidate: the selector refuses it, with the index of the candidate.
  input: (variety, seed) => (variety === 'notANumber' ? null : testCandidates(variety, seed)),
  call: (scorer, candidates) => scorer.score(candidates),
  expectShapes: (scores, candidates) => {
    demand(Array.isArray(scores) || ArrayBuffer.isView(scores), 'scores are no array');
    demand(scores.length === candidates.length, `${scores.length} scores for ${candidates.length} candidates`);
  },
  expectRanges: (scores) =>
    demand(
      [...scores].every((score) => typeof score === 'number'),
      'a score is no number',
    ),
  checks: [
    {
      name: 'no candidates',
      must: 'Without candidates there are no scores',
      fix: 'return an empty list for an empty list',
      run: ({ part }) => demand(part.score([]).length === 0, 'scores without candidates'),
    },
    {
      name: 'order',
      must: 'The score of a candidate does not depend on where it stands',
      fix: 'score each candidate by what it is, or by its relation to all others',
      run: ({ part }) => {
        const candidates = testCandidates('ordinary', 0);
        const turned = [...part.score([...candidates].reverse())].reverse();
        const difference = firstDifference([...part.score(candidates)], turned, 1e-9);
        demand(difference === null, `other scores in another order: ${difference}`);
      },
    },
  ],
};
