import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { Sim4SegError, toSim4SegError } from '@sim4seg/core';
import { z } from 'zod';

const AddedTokenSchema = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  /** Whether the token swallows blanks on its left, and on its right. */
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
});

const FileSchema = z.looseObject({
  added_tokens: z.array(AddedTokenSchema),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }),
  model: z.looseObject({
    type: z.literal('BPE'),
    byte_fallback: z.boolean().optional(),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.unknown()),
  }),
});

/** A tokenizer.json as far as this package reads it. */
export type TokenizerFile = z.infer<typeof FileSchema>;
export type AddedToken = z.infer<typeof AddedTokenSchema>;

/**
 * How tokens stand for bytes: in byte characters (GPT-2), or as pieces of text with `▁` for a blank and `<0xE2>` for a
 * byte without a piece (SentencePiece, LLaMA).
 */
export type TokenAlphabet = 'byte-level' | 'pieces';

/** @throws TOKENIZER_INVALID when the text is no tokenizer.json with a BPE over bytes or over pieces with byte fallback */
export function parseTokenizerFile(json: string): { readonly file: TokenizerFile; readonly alphabet: TokenAlphabet } {
  try {
    const file = FileSchema.parse(JSON.parse(json));
    return { file, alphabet: alphabetOf(file) };
  } catch (error) {
    throw toSim4SegError(error, 'TOKENIZER_INVALID', {
      must: 'A tokenizer file is a tokenizer.json with a BPE on bytes, or on pieces with byte fallback',
      fix: 'take the tokenizer.json that belongs to the weights',
    });
  }
}

/** Opens a file without its added tokens, which {@link splitAddedTokens} finds: for texts between them. */
export function openPlainTokenizer(file: TokenizerFile): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer({ normalizer: null, post_processor: null, ...file, added_tokens: [] }, {});
  } catch (error) {
    throw toSim4SegError(error, 'TOKENIZER_INVALID', {
      must: 'A tokenizer file opens without error',
      fix: 'take the tokenizer.json that belongs to the weights',
    });
  }
}

function alphabetOf({ pre_tokenizer: before, decoder, model }: TokenizerFile): TokenAlphabet {
  if (before?.type === 'ByteLevel' && decoder.type === 'ByteLevel') return 'byte-level';
  if (model.byte_fallback === true) return 'pieces';
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: 'A BPE works on bytes (ByteLevel), or on pieces with byte_fallback, so that no text is unknown to it',
    got: `pre_tokenizer ${before?.type ?? 'null'}, decoder ${decoder.type}, byte_fallback ${model.byte_fallback ?? false}`,
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}
