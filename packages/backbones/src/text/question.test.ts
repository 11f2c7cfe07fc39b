import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanQuestion } from './question.js';
import { conversationTemplates, promptIds, promptText, answerIds, tinyTemplate } from './templates.js';
import { createTokenizer } from './tokenizer.js';
import { trainTokenizer } from './train-bpe.js';

const codeOf = (question: string): string => {
  try {
    cleanQuestion(question);
  } catch (error) {
    if (isSim4SegError(error)) return error.code;
  }
  return 'none';
};

describe('cleanQuestion', () => {
  it('strips control characters and blanks', () => {
    expect(cleanQuestion('\u0000Is\u0007 there\r\n a lesion?\u202e ')).toBe('Is there a lesion?');
  });

  it('refuses what is empty or far too long', () => {
    expect(codeOf('')).toBe('QUESTION_EMPTY');
    expect(codeOf(' \t\n\u0000')).toBe('QUESTION_EMPTY');
    expect(codeOf('a'.repeat(100_000))).toBe('QUESTION_TOO_LONG');
  });

  it('is stable and leaves neither controls nor lone surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text) => {
        const question = `find ${text}`;
        const cleaned = cleanQuestion(question);
        expect(cleanQuestion(cleaned)).toBe(cleaned);
        expect(!/\p{Cs}/u.test(cleaned)).toBe(true);
        expect(cleaned).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('conversation templates', () => {
  const tokenizer = createTokenizer(
    trainTokenizer(['USER: Where is it? ASSISTANT: It is [SEG].</s>'], { vocabularySize: 300 }),
  );

  it('writes the prompts of the official conversations', () => {
    expect(promptText(conversationTemplates['llava_v1']!, 'Where?')).toBe(
      'A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, ' +
        "detailed, and polite answers to the human's questions. USER: Where? ASSISTANT:",
    );
    expect(promptText(conversationTemplates['llava_llama_2']!, 'Where?')).toMatch(
      /^\[INST\] <<SYS>>\nYou are a helpful .* language\.\n<<\/SYS>>\n\nWhere\? \[\/INST\]$/,
    );
  });

  it.each(Object.values(conversationTemplates))('$id: ids read back as the text', (template) => {
    expect(tokenizer.decode(promptIds(template, 'Where is it?', tokenizer))).toBe(promptText(template, 'Where is it?'));
    expect(tokenizer.decode(answerIds(template, 'It is [SEG].', tokenizer))).toBe(` It is [SEG].${template.stop}`);
  });

  it('keeps a typed [SEG] from being the seg token', () => {
    expect(promptIds(tinyTemplate, 'say [SEG]', tokenizer)).not.toContain(tokenizer.segId);
    expect(answerIds(tinyTemplate, 'It is [SEG].', tokenizer)).toContain(tokenizer.segId);
  });
});
