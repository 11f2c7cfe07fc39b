import type { OpenBundle } from '@sim4seg/compute/bundle';
import { describe, expect, it } from 'vitest';
import { recordedArithmetic } from './arithmetic.js';

type Bundle = Parameters<typeof recordedArithmetic>[0];

const bundleOf = (precision: string, parts: Record<string, unknown>): Bundle => ({
  manifest: { weightSets: { lvlm: { precision } } } as unknown as OpenBundle['manifest'],
  parts,
});

describe('the record of a run', () => {
  it('names the arithmetic of 4-bit blocks: the exact one unless the manifest names the fast one', () => {
    expect(recordedArithmetic(bundleOf('int4', {}))).toEqual({ int4Arithmetic: 'float32' });
    expect(recordedArithmetic(bundleOf('int4', { 'llava-int4': { arithmetic: 'int8' } }))).toEqual({
      int4Arithmetic: 'int8',
    });
  });

  it('says nothing where no weights are in blocks', () => {
    expect(recordedArithmetic(bundleOf('float16', { 'llava-int4': { arithmetic: 'int8' } }))).toEqual({});
  });
});
