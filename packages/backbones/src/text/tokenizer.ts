import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { Sim4SegError, toSim4SegError } from '@sim4seg/core';
import { z } from 'zod';
import { fromByteCharacters } from './byte-level.js';
import { PAD_TOKEN, SEG_TOKEN, STOP_TOKEN } from './special-tokens.js';

const FileSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative(), content: z.string().min(1) })),
  pre_tokenizer: z.looseObject({ type: z.literal('ByteLevel') }),
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.unknown()),
  }),
});
type TokenizerFile = z.infer<typeof FileSchema>;

/** Text of a growing answer, piece by piece; a character that spans tokens comes with its last byte. */
export interface TextStream {
  push(id: number): string;
  /** What is left: a replacement character where the last character was cut. */
  end(): string;
}

/** A byte-level BPE whose added tokens are ids of their own. Decoding an encoded text gives that text back. */
export interface Tokenizer {
  readonly vocabularySize: number;
  readonly segId: number;
  readonly stopId: number;
  readonly padId: number;
  /** Ids of a text; added tokens in it become their ids. */
  encode(text: string): number[];
  /** Ids of a text in which added tokens are ordinary characters: what a person typed cannot forge one. */
  encodePlain(text: string): number[];
  decode(ids: readonly number[]): string;
  /** UTF-8 bytes that a token stands for. */
  tokenBytes(id: number): Uint8Array;
  createTextStream(): TextStream;
}

/**
 * Opens a tokenizer.json (byte-level BPE).
 * @throws TOKENIZER_INVALID when the text is no such file, or [SEG], </s> or <pad> is not exactly one id
 */
export function createTokenizer(json: string): Tokenizer {
  const file = parseFile(json);
  const marked = openTokenizer(file);
  const plain = openTokenizer({ ...file, added_tokens: [] });
  const bytes = tokenTable(file);
  const encode = (text: string): number[] => encodeWith(marked, text);
  const textStream = (): TextStream => createTextStream(bytes);
  return {
    vocabularySize: bytes.length,
    segId: singleId(encode, file, SEG_TOKEN),
    stopId: singleId(encode, file, STOP_TOKEN),
    padId: singleId(encode, file, PAD_TOKEN),
    encode,
    encodePlain: (text) => encodeWith(plain, text),
    decode: (ids) => decodeAll(textStream(), ids),
    tokenBytes: (id) => bytesOfToken(bytes, id),
    createTextStream: textStream,
  };
}

function parseFile(json: string): TokenizerFile {
  try {
    return FileSchema.parse(JSON.parse(json));
  } catch (error) {
    throw toSim4SegError(error, 'TOKENIZER_INVALID', {
      must: 'A tokenizer file is a tokenizer.json with a byte-level BPE',
      fix: 'take the tokenizer.json that belongs to the weights',
    });
  }
}

function openTokenizer(file: TokenizerFile): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer({ normalizer: null, post_processor: null, ...file }, {});
  } catch (error) {
    throw toSim4SegError(error, 'TOKENIZER_INVALID', {
      must: 'A tokenizer file opens without error',
      fix: 'take the tokenizer.json that belongs to the weights',
    });
  }
}

const encodeWith = (tokenizer: HuggingFaceTokenizer, text: string): number[] =>
  text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids;

/** Bytes of every token by id. Ids must be dense: a gap would be a row of the embedding that nothing reaches. */
function tokenTable(file: TokenizerFile): Uint8Array[] {
  const encoder = new TextEncoder();
  const table: Uint8Array[] = [];
  for (const [token, id] of Object.entries(file.model.vocab)) {
    table[id] = fromByteCharacters(token) ?? encoder.encode(token);
  }
  for (const { id, content } of file.added_tokens) table[id] = encoder.encode(content);
  const gap = table.findIndex((entry) => entry === undefined);
  if (gap < 0 && table.length > 0) return table;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: 'The ids of a tokenizer are dense from 0',
    got: `no token has the id ${Math.max(gap, 0)}`,
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}

function singleId(encode: (text: string) => number[], file: TokenizerFile, token: string): number {
  const ids = encode(token);
  const [id] = ids;
  const added = file.added_tokens.filter(({ content }) => content === token);
  if (ids.length === 1 && added.length === 1 && id === added[0]?.id) return id as number;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: `${token} is one added token with one id`,
    got: added.length === 0 ? `it is missing and splits into ${ids.length} ids` : `the ids ${ids.join(', ')}`,
    fix: `add ${token} to added_tokens of tokenizer.json, and its row to embedding and lm_head`,
  });
}

function bytesOfToken(table: readonly Uint8Array[], id: number): Uint8Array {
  const bytes = table[id];
  if (bytes !== undefined) return bytes;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: `A token id is one of the ${table.length} of the vocabulary`,
    got: String(id),
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}

function createTextStream(table: readonly Uint8Array[]): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(bytesOfToken(table, id), { stream: true }),
    end: () => decoder.decode(),
  };
}

function decodeAll(stream: TextStream, ids: readonly number[]): string {
  return ids.map((id) => stream.push(id)).join('') + stream.end();
}
