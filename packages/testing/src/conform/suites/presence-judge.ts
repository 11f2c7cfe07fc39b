import { services } from '@sim4seg/core';
import type { PresenceEvidence, PresenceJudge, PresenceVerdict } from '@sim4seg/core';
import { demand, outcomeOf } from '../breach.js';
import { expectBetween } from '../expect-value.js';
import { testFloats, waveAt } from '../inputs.js';
import type { Suite, Variety } from '../suite.js';

const PATHS = 3;

function evidenceOf(variety: Variety, seed: number): PresenceEvidence[] {
  const said = variety === 'empty' ? '' : seed % 2 === 0 ? 'Yes, it is [SEG].' : 'No, there is none.';
  return Array.from({ length: PATHS }, (_, path) => ({
    text: said,
    segCount: variety === 'empty' ? 0 : 1 - (seed % 2),
    presentProb: variety === 'constant' ? 0.5 : (waveAt(path, seed) + 1) / 2,
    presenceLogit: variety === 'constant' ? 0 : 4 * waveAt(path, seed),
    similarity: testFloats([8, 8], variety, seed + path),
  }));
}

function expectVerdict({ presence, presentProb }: PresenceVerdict): void {
  demand(['present', 'absent', 'unsure'].includes(presence), `presence is ${String(presence)}`);
  expectBetween('presentProb', presentProb, [0, 1]);
}

const NOTHING: PresenceEvidence = {
  text: '',
  segCount: null,
  presentProb: null,
  presenceLogit: null,
  similarity: null,
};

/** A verdict on the evidence of some paths. */
export const presenceJudgeSuite: Suite<PresenceJudge, readonly PresenceEvidence[], PresenceVerdict> = {
  kind: 'presence-judge',
  service: services.presenceJudge,
  abortable: false,
  tolerance: 1e-9,
  input: (variety, seed) => evidenceOf(variety, seed),
  call: (judge, evidence) => judge.judge(evidence),
  expectShapes: (verdict) => {
    demand(typeof verdict === 'object' && verdict !== null, 'the verdict is no object');
    demand(typeof verdict.presence === 'string', 'presence is no word');
    demand(typeof verdict.presentProb === 'number', 'presentProb is no number');
  },
  expectRanges: expectVerdict,
  checks: [
    {
      name: 'no evidence',
      must: 'Without evidence the verdict is unsure, or an error with a code says what is missing',
      fix: 'answer unsure where no path says anything',
      run: async ({ part }) => {
        for (const evidence of [[], [NOTHING]]) {
          const outcome = await outcomeOf(() => part.judge(evidence));
          if ('refused' in outcome) continue;
          expectVerdict(outcome.value);
          demand(outcome.value.presence === 'unsure', `${outcome.value.presence} without evidence`);
        }
      },
    },
  ],
};
