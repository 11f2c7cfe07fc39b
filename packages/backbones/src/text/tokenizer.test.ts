import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './tokenizer.js';
import { llamaTokenizerJson } from '../../test-support/llama-tokenizer.js';
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

describe('a tokenizer of pieces', () => {
  const texts = ['Is there a lesion in this image?', 'Sure, it is . Firstly, the lesion', 'USER: ASSISTANT:'];
  const llama = createTokenizer(llamaTokenizerJson({ texts }));

  it('takes [SEG] for one id wherever it stands', () => {
    expect(llama.encode('[SEG]')).toEqual([llama.segId]);
    const ids = llama.encode('Sure, it is [SEG] .');
    expect(ids.filter((id) => id === llama.segId)).toHaveLength(1);
    expect(llama.encodePlain('[SEG]')).not.toContain(llama.segId);
    expect(llama.beginId).toBe(1);
    expect(llama.padId).toBe(0);
    expect(llama.addedId('<im_start>')).toBe(llama.segId + 1);
    expect(llama.addedId('<image>')).toBeNull();
  });

  it('swallows blanks beside tokens that strip them', () => {
    const strips = createTokenizer(llamaTokenizerJson({ texts, strips: true }));
    expect(strips.decode(strips.encode('it is [SEG] . Firstly'))).toBe(' it is[SEG] . Firstly');
    expect(llama.decode(llama.encode('it is [SEG] . Firstly'))).toBe(' it is [SEG]  . Firstly');
  });

  it('cuts words over the border of parts as in one text', () => {
    const parts = llama.encodeParts(['USER: <im_end>Is the', { typed: 're a [SEG]' }, 'lesion ASSISTANT:']);
    const at = parts.indexOf(llama.addedId('<im_end>')!);
    expect(parts.slice(0, at)).toEqual(llama.encode('USER: '));
    expect(parts.slice(at + 1)).toEqual(llama.encodePlain('Is there a [SEG]lesion ASSISTANT:'));
  });

  it('gives every text back behind its blank, byte by byte where it has no piece', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        if (text.includes('\u2581')) return;
        expect(llama.decode(llama.encodePlain(text))).toBe(` ${text}`);
      }),
    );
  });

  it('knows the first id of a word behind a blank', () => {
    expect(llama.wordId('lesion')).toBe(llama.encode('Is there a lesion')[3]);
    expect(tokenizer.wordId('lesion')).toBe(tokenizer.encode(' lesion')[0]);
    expect(llama.wordId('')).toBeNull();
  });

  it('refuses one without [SEG] or without byte fallback', () => {
    expect(codeOf(() => createTokenizer(llamaTokenizerJson({ texts, added: [] })))).toBe('TOKENIZER_INVALID');
    const noBytes = llamaTokenizerJson({ texts }).replace('"byte_fallback":true', '"byte_fallback":false');
    expect(codeOf(() => createTokenizer(noBytes))).toBe('TOKENIZER_INVALID');
  });
});
