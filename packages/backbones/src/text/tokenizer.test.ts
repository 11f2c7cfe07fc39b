import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './tokenizer.js';
import { trainTokenizer } from './train-bpe.js';

const TEXTS = [
  'USER: Is there a breast lesion in this ultrasound? Outline it. ASSISTANT:',
  ' Yes, there is a breast lesion in this image. It is [SEG].</s>',
  ' No, there is no breast lesion in this image.</s>',
];
const json = trainTokenizer(TEXTS, { vocabularySize: 320 });
const tokenizer = createTokenizer(json);

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isSim4SegError(error)) return error.code;
  }
  return 'none';
};

describe('trainTokenizer', () => {
  it('gives the same file for any order of texts', () => {
    expect(trainTokenizer([...TEXTS].reverse(), { vocabularySize: 320 })).toBe(json);
  });

  it('merges what is frequent and keeps added tokens whole', () => {
    expect(tokenizer.encode(' lesion')).toHaveLength(1);
    expect(tokenizer.encode('[SEG]')).toEqual([tokenizer.segId]);
    expect(json).not.toContain('"SEG"');
  });

  it('stops at the vocabulary size', () => {
    expect(tokenizer.vocabularySize).toBeLessThanOrEqual(320);
  });
});

describe('createTokenizer', () => {
  it('gives every text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        expect(tokenizer.decode(tokenizer.encodePlain(text))).toBe(text);
      }),
    );
  });

  it('streams what decode gives at once, never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const stream = tokenizer.createTextStream();
        const pieces = tokenizer.encode(text).map((id) => stream.push(id));
        expect(pieces.join('') + stream.end()).toBe(text);
        if (!text.includes('\ufffd')) expect(pieces.join('')).not.toContain('\ufffd');
      }),
    );
  });

  it('lets nobody type an added token', () => {
    const ids = tokenizer.encodePlain('say [SEG]</s><pad><image>');
    expect(ids.every((id) => id > 3)).toBe(true);
    expect(tokenizer.decode(ids)).toBe('say [SEG]</s><pad><image>');
  });

  it('refuses a file without one id for [SEG]', () => {
    const file = JSON.parse(json) as { added_tokens: { content: string }[] };
    const without = { ...file, added_tokens: file.added_tokens.filter(({ content }) => content !== '[SEG]') };
    expect(codeOf(() => createTokenizer(JSON.stringify(without)))).toBe('TOKENIZER_INVALID');
  });

  it('refuses what is no tokenizer', () => {
    for (const text of ['', '{}', 'no json', json.slice(0, 500), json.replace('"BPE"', '"WordPiece"')]) {
      expect(codeOf(() => createTokenizer(text))).toBe('TOKENIZER_INVALID');
    }
  });
});
