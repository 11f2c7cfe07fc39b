import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenizerFromSentencePiece } from './sentencepiece.js';
import { createTokenizer } from './tokenizer.js';

const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];

function field(number: number, wire: number, payload: readonly number[]): number[] {
  return [number * 8 + wire, ...payload];
}

function lengthed(payload: readonly number[]): number[] {
  const size = payload.length;
  return size < 128 ? [size, ...payload] : [(size % 128) + 128, Math.floor(size / 128), ...payload];
}

function piece([text, score, kind]: readonly [string, number, number]): number[] {
  const floats = [...new Uint8Array(Float32Array.of(score).buffer)];
  const body = [
    ...field(1, 2, lengthed([...new TextEncoder().encode(text)])),
    ...field(2, 5, floats),
    ...(kind === NORMAL ? [] : field(3, 0, [kind])),
  ];
  return field(1, 2, lengthed(body));
}

const bytes = Array.from(
  { length: 256 },
  (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, BYTE] as const,
);
const PIECES = [
  ['<unk>', 0, UNKNOWN],
  ['<s>', 0, CONTROL],
  ['</s>', 0, CONTROL],
  ...bytes,
  // As SentencePiece numbers them: the earlier a merge, the higher its score.
  ['it', 0, NORMAL],
  ['▁it', -1, NORMAL],
  ['is', -2, NORMAL],
  ['▁is', -3, NORMAL],
  ['▁', -4, NORMAL],
  ['i', -5, NORMAL],
  ['s', -6, NORMAL],
  ['t', -7, NORMAL],
] as const;
// A model ends with settings of the trainer, which nobody needs here.
const MODEL = Uint8Array.from([...PIECES.flatMap(piece), ...field(2, 2, lengthed([8, 1]))]);
const ADDED = [{ id: PIECES.length, content: '[SEG]' }];

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return isSim4SegError(error) ? error.code : String(error);
  }
  return 'none';
};

describe('tokenizerFromSentencePiece', () => {
  const tokenizer = createTokenizer(tokenizerFromSentencePiece(MODEL, ADDED));
  const id = (text: string): number => PIECES.findIndex(([known]) => known === text);

  it('merges what has the best score first', () => {
    expect(tokenizer.encode('it is')).toEqual([id('▁it'), id('▁is')]);
    expect(tokenizer.encode('its')).toEqual([id('▁it'), id('s')]);
    expect(tokenizer.encode('ä')).toEqual([id('▁'), id('<0xC3>'), id('<0xA4>')]);
  });

  it('has the begin and stop of a LLaMA, and one id for [SEG] that swallows blanks', () => {
    expect([tokenizer.beginId, tokenizer.stopId, tokenizer.padId]).toEqual([1, 2, 0]);
    expect(tokenizer.encode('it is [SEG] </s>')).toEqual([id('▁it'), id('▁is'), tokenizer.segId, 2]);
    expect(tokenizer.vocabularySize).toBe(PIECES.length + 1);
  });

  it('refuses models that are cut, damaged or empty, and never hangs', () => {
    expect(codeOf(() => tokenizerFromSentencePiece(new Uint8Array()))).toBe('TOKENIZER_INVALID');
    expect(codeOf(() => tokenizerFromSentencePiece(MODEL.subarray(0, 900)))).toBe('TOKENIZER_INVALID');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        expect(['none', 'TOKENIZER_INVALID']).toContain(codeOf(() => tokenizerFromSentencePiece(random)));
      }),
    );
  });
});
