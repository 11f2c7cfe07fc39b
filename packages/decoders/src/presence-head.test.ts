import type { PresenceEvidence } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { createPresenceHead, presenceHeadOptionsSchema } from './presence-head.js';

const evidence = (presenceLogit: number | null): PresenceEvidence => ({
  text: '',
  segCount: null,
  presentProb: null,
  presenceLogit,
  similarity: null,
});

describe('presence-head', () => {
  const judge = createPresenceHead(presenceHeadOptionsSchema.parse({ present: 0.7, absent: 0.3 }));

  it('takes the mean probability of the paths', () => {
    expect(judge.judge([evidence(4)]).presence).toBe('present');
    expect(judge.judge([evidence(-4)]).presence).toBe('absent');
    expect(judge.judge([evidence(4), evidence(-4)])).toEqual({ presence: 'unsure', presentProb: 0.5 });
  });

  it('counts a path that asked for no mask, and no path at all, as absent', () => {
    expect(judge.judge([evidence(null)]).presence).toBe('absent');
    expect(judge.judge([]).presence).toBe('absent');
  });

  it('refuses thresholds in the wrong order', () => {
    expect(presenceHeadOptionsSchema.safeParse({ present: 0.2, absent: 0.8 }).success).toBe(false);
  });
});
