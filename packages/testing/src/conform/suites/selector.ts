import { services } from '@sim4seg/core';
import type { Candidate, CandidateSelector, Selection } from '@sim4seg/core';
import { demand, outcomeOf } from '../breach.js';
import { testCandidates, waveAt } from '../inputs.js';
import type { Suite, Variety } from '../suite.js';

interface SelectorInput {
  readonly candidates: readonly Candidate[];
  readonly scores: readonly (readonly number[])[];
}

function inputOf(variety: Variety, seed: number): SelectorInput {
  const candidates = testCandidates(variety, seed);
  const scores = candidates.map((_, i) => (variety === 'constant' ? 0.5 : waveAt(i, seed + 50)));
  return { candidates, scores: seed % 2 === 0 ? [scores] : [] };
}

/** One candidate of a list, with scores from which the choice can be recomputed. */
export const selectorSuite: Suite<CandidateSelector, SelectorInput, Selection> = {
  kind: 'selector',
  service: services.selector,
  abortable: false,
  tolerance: 1e-9,
  input: (variety, seed) => inputOf(variety, seed),
  call: (selector, { candidates, scores }) => selector.select(candidates, scores),
  expectShapes: ({ index, scores }, { candidates }) => {
    demand(Number.isInteger(index), `index is ${String(index)}`);
    demand(scores?.length === candidates.length, `${scores?.length} scores for ${candidates.length} candidates`);
  },
  expectRanges: ({ index, scores }, { candidates }) => {
    demand(index >= 0 && index < candidates.length, `index ${index} of ${candidates.length} candidates`);
    const best = Math.max(...scores);
    demand(scores[index] === best, `the chosen candidate has the score ${scores[index]}, the best one ${best}`);
  },
  checks: [
    {
      name: 'no candidates',
      must: 'A selection without candidates is refused with a code',
      fix: 'throw a Sim4SegError with the code USAGE where the list is empty',
      run: async ({ part }) => {
        const outcome = await outcomeOf(() => part.select([], []));
        demand('refused' in outcome, 'a selection without candidates');
      },
    },
    {
      name: 'one candidate',
      must: 'The only candidate is chosen',
      fix: 'handle a list of one',
      run: ({ part }) => {
        const { index } = part.select(testCandidates('ordinary', 0).slice(0, 1), []);
        demand(index === 0, `index ${index} of one candidate`);
      },
    },
  ],
};
