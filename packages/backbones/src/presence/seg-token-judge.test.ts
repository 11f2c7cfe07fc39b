import type { PresenceEvidence } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { segToken } from './plugin.js';
import { createSegTokenJudge } from './seg-token-judge.js';

const evidence = (presentProb: number | null, segCount: number | null): PresenceEvidence => ({
  text: '',
  segCount,
  presentProb,
  presenceLogit: null,
  similarity: null,
});

describe('seg-token judge', () => {
  const judge = createSegTokenJudge({ presentFrom: 0.6, absentBelow: 0.4 });

  it('follows the probability of Yes', () => {
    expect(judge.judge([evidence(0.9, 1)])).toEqual({ presence: 'present', presentProb: 0.9 });
    expect(judge.judge([evidence(0.1, 0)]).presence).toBe('absent');
    expect(judge.judge([evidence(0.5, 1)]).presence).toBe('unsure');
  });

  it('is unsure where the answers contradict the probability', () => {
    expect(judge.judge([evidence(0.9, 0)]).presence).toBe('unsure');
    expect(judge.judge([evidence(0.1, 1), evidence(0.1, 1)]).presence).toBe('unsure');
    expect(judge.judge([evidence(0.9, 0), evidence(0.9, 1)]).presence).toBe('present');
  });

  it('counts [SEG] where no probability is known, and admits having no evidence', () => {
    expect(judge.judge([evidence(null, 1), evidence(null, 1)]).presence).toBe('present');
    expect(judge.judge([evidence(null, 0)]).presence).toBe('absent');
    expect(judge.judge([evidence(null, null)])).toEqual({ presence: 'unsure', presentProb: 0.5 });
    expect(judge.judge([]).presence).toBe('unsure');
  });

  it('refuses thresholds that cross', () => {
    expect(segToken.optionsSchema.safeParse({ presentFrom: 0.3, absentBelow: 0.5 }).success).toBe(false);
    expect(segToken.optionsSchema.safeParse({ presentForm: 0.3 }).success).toBe(false);
  });
});
