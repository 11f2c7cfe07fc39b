import { describe, expect, it } from 'vitest';
import * as inference from './inference.js';

describe('the entry for answering', () => {
  it('loads no tfjs: its engine would be there', () => {
    expect(Object.keys(inference).length).toBeGreaterThan(0);
    expect('_tfengine' in globalThis).toBe(false);
  });
});
