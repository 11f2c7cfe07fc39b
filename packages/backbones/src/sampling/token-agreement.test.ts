import { describe, expect, it } from 'vitest';
import { tokenAgreement } from './token-agreement.js';

const rows = (...values: number[][]): Float32Array[] => values.map((row) => Float32Array.from(row));

describe('agreement of tokens', () => {
  it('is given where the same tokens are likeliest, whatever their logits', () => {
    const exact = rows([0, 2, 1], [3, 1, 1]);
    const fast = rows([0, 1.5, 1.4], [9, 1, 1]);
    expect(tokenAgreement(exact, fast)).toEqual({ tokens: 2, equal: 2, worstLoss: 0, agrees: true });
  });

  it('is given where another token is as likely, up to the tie', () => {
    const [exact, fast] = [rows([2, 1.95, 0]), rows([1.9, 1.95, 0])];
    expect(tokenAgreement(exact, fast)).toMatchObject({ tokens: 1, equal: 0, agrees: true });
    expect(tokenAgreement(exact, fast, { tie: 0.01 }).agrees).toBe(false);
  });

  it('fails for one token that the exact arithmetic would not choose, and for none at all', () => {
    const exact = rows([2, 0, 0], [2, 0, 0]);
    const fast = rows([2, 0, 0], [0, 2, 0]);
    expect(tokenAgreement(exact, fast)).toEqual({ tokens: 2, equal: 1, worstLoss: 2, agrees: false });
    expect(tokenAgreement([], []).agrees).toBe(false);
  });
});
