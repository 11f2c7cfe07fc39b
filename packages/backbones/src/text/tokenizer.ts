import { Sim4SegError } from '@sim4seg/core';
import { splitAddedTokens } from './added-tokens.js';
import type { TextPart } from './added-tokens.js';
import { BEGIN_TOKEN, PAD_TOKEN, SEG_TOKEN, STOP_TOKEN, UNKNOWN_TOKEN } from './special-tokens.js';
import { tokenBytesTable } from './token-bytes.js';
import { openPlainTokenizer, parseTokenizerFile } from './tokenizer-file.js';
import type { TokenizerFile } from './tokenizer-file.js';

/** Text of a growing answer, piece by piece; a character that spans tokens comes with its last byte. */
export interface TextStream {
  push(id: number): string;
  /** What is left: a replacement character where the last character was cut. */
  end(): string;
}

/**
 * A BPE that knows every text, whose added tokens are ids of their own. Decoding an encoded text gives that text back;
 * a tokenizer of pieces (LLaMA) puts a blank in front of each run of text, which decoding shows.
 */
export interface Tokenizer {
  readonly vocabularySize: number;
  readonly segId: number;
  readonly stopId: number;
  readonly padId: number;
  /** Id that every prompt begins with; null where there is none. */
  readonly beginId: number | null;
  /** Ids of a text; added tokens in it become their ids. */
  encode(text: string): number[];
  /** Ids of a text in which added tokens are ordinary characters: what a person typed cannot forge one. */
  encodePlain(text: string): number[];
  /** Ids of parts as of one text; added tokens count in template text only. */
  encodeParts(parts: readonly TextPart[]): number[];
  /** First id of a word behind a blank; null for an empty word. */
  wordId(word: string): number | null;
  /** Id of an added token; null where the file has none of this name. */
  addedId(content: string): number | null;
  decode(ids: readonly number[]): string;
  /** UTF-8 bytes that a token stands for. */
  tokenBytes(id: number): Uint8Array;
  createTextStream(): TextStream;
}

/**
 * Opens a tokenizer.json: a byte-level BPE (GPT-2), or one of pieces with byte fallback (LLaMA).
 * @throws TOKENIZER_INVALID when the text is no such file, or [SEG] or </s> is not exactly one id
 */
export function createTokenizer(json: string): Tokenizer {
  const { file, alphabet } = parseTokenizerFile(json);
  const plain = openPlainTokenizer(file);
  const bytes = tokenBytesTable(file, alphabet);
  const encodeParts = (parts: readonly TextPart[]): number[] =>
    splitAddedTokens(parts, file.added_tokens).flatMap((section) =>
      'id' in section ? [section.id] : plain.encode(section.text, { add_special_tokens: false }).ids,
    );
  const addedId = (content: string): number | null =>
    file.added_tokens.find((token) => token.content === content)?.id ?? null;
  const encode = (text: string): number[] => encodeParts([text]);
  const textStream = (): TextStream => createTextStream(bytes);
  // Pieces get their blank from the tokenizer itself.
  const behindBlank = alphabet === 'byte-level' ? ' ' : '';
  return {
    vocabularySize: bytes.length,
    segId: singleId(encode, file, SEG_TOKEN),
    stopId: singleId(encode, file, STOP_TOKEN),
    padId: singleId(encode, file, addedId(PAD_TOKEN) === null ? UNKNOWN_TOKEN : PAD_TOKEN),
    beginId: addedId(BEGIN_TOKEN),
    encode,
    encodePlain: (typed) => encodeParts([{ typed }]),
    encodeParts,
    wordId: (word) => (word === '' ? null : (encodeParts([{ typed: behindBlank + word }])[0] ?? null)),
    addedId,
    decode: (ids) => decodeAll(textStream(), ids),
    tokenBytes: (id) => bytesOfToken(bytes, id),
    createTextStream: textStream,
  };
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
