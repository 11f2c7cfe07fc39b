import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenizerFromSentencePiece } from '@sim4seg/backbones';
import { Sim4SegError } from '@sim4seg/core';
import type { Source } from './source.js';

/** Files of a tokenizer, by the names of the Hugging Face Hub. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer.model',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'generation_config.json',
] as const;

const SEG_TOKEN = '[SEG]';
const MARKS: readonly string[] = [SEG_TOKEN, '<im_start>', '<im_end>'];

/** Tokenizer files as they were found, and what is known of their tokens. */
export interface TokenizerFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Ids of the added tokens that have a meaning. */
  readonly ids: Readonly<Record<string, number>>;
}

/**
 * Finds the tokenizer of an LVLM: the first source that has one.
 * @throws TOKENIZER_INVALID where there is none, a file is damaged, or [SEG] is no token or lies behind the vocabulary
 */
export async function readTokenizer(sources: readonly Source[], vocabularySize: number): Promise<TokenizerFiles> {
  for (const { folder } of sources) {
    const files = folder === null ? new Map<string, Uint8Array>() : await readFiles(folder);
    if (!files.has('tokenizer.json') && !files.has('tokenizer.model')) continue;
    const added = addedTokens(files);
    const ids = Object.fromEntries([...added].filter(([content]) => MARKS.includes(content)));
    expectSeg(ids, vocabularySize);
    return { files: withJson(files, added), ids };
  }
  throw invalid('The folder of an LVLM must hold its tokenizer (tokenizer.json or tokenizer.model)', 'neither');
}

async function readFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const read = TOKENIZER_FILES.map(
    async (name) => [name, await readFile(join(folder, name)).catch(() => null)] as const,
  );
  const found = (await Promise.all(read)).filter(
    (pair): pair is [(typeof pair)[0], NonNullable<(typeof pair)[1]>] => !!pair[1],
  );
  return new Map(found);
}

/** Added tokens stand in one of three files, depending on the age of the library that wrote them. */
function addedTokens(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, number> {
  const whole = parse(files, 'tokenizer.json');
  const config = parse(files, 'tokenizer_config.json');
  const listed = [whole['added_tokens'], Object.entries(record(config['added_tokens_decoder']))].flatMap(toList);
  const ids = new Map<unknown, unknown>(Object.entries(parse(files, 'added_tokens.json')));
  for (const [content, id] of listed) ids.set(content, id);
  return new Map(
    [...ids].filter((pair): pair is [string, number] => typeof pair[0] === 'string' && typeof pair[1] === 'number'),
  );
}

/** Programs read tokenizer.json; older models come with the pieces of tokenizer.model alone. */
function withJson(files: ReadonlyMap<string, Uint8Array>, added: ReadonlyMap<string, number>): TokenizerFiles['files'] {
  const model = files.get('tokenizer.model');
  if (files.has('tokenizer.json') || !model) return files;
  const json = tokenizerFromSentencePiece(
    model,
    [...added].map(([content, id]) => ({ id, content })),
  );
  return new Map([...files, ['tokenizer.json', new TextEncoder().encode(json)]]);
}

/** `{ id, content }` of tokenizer.json, `[id, { content }]` of tokenizer_config.json. */
function toList(tokens: unknown): [unknown, unknown][] {
  if (!Array.isArray(tokens)) return [];
  return tokens.map((token: unknown) =>
    Array.isArray(token)
      ? [record(token[1])['content'], Number(token[0])]
      : [record(token)['content'], record(token)['id']],
  );
}

function parse(files: ReadonlyMap<string, Uint8Array>, name: string): Record<string, unknown> {
  const bytes = files.get(name);
  if (!bytes) return {};
  try {
    return record(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw invalid(`${name} must be JSON`, (cause as Error).message, cause);
  }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function expectSeg(ids: Readonly<Record<string, number>>, vocabularySize: number): void {
  const id = ids[SEG_TOKEN];
  if (id !== undefined && id < vocabularySize) return;
  throw invalid(
    `The tokenizer must have the added token ${SEG_TOKEN}, one id below ${vocabularySize}`,
    id === undefined ? 'no such token' : `id ${id}`,
  );
}

function invalid(must: string, got: string, cause?: unknown): Sim4SegError {
  const fix = 'use the tokenizer that the model was trained with; its added tokens are in added_tokens.json';
  return new Sim4SegError('TOKENIZER_INVALID', { must, got, fix, cause });
}
