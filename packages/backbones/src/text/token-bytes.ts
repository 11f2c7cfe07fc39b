import { Sim4SegError } from '@sim4seg/core';
import { fromByteCharacters } from './byte-level.js';
import type { TokenAlphabet, TokenizerFile } from './tokenizer-file.js';

const encoder = new TextEncoder();
const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;

/**
 * UTF-8 bytes of every token by id. Ids must be dense: a gap would be a row of the embedding that nothing reaches.
 * @throws TOKENIZER_INVALID for a gap
 */
export function tokenBytesTable({ model, added_tokens }: TokenizerFile, alphabet: TokenAlphabet): Uint8Array[] {
  const bytesOf = alphabet === 'byte-level' ? bytesOfCharacters : bytesOfPiece;
  const table: Uint8Array[] = [];
  for (const [token, id] of Object.entries(model.vocab)) table[id] = bytesOf(token);
  for (const { id, content } of added_tokens) table[id] = encoder.encode(content);
  const gap = table.findIndex((entry) => entry === undefined);
  if (gap < 0 && table.length > 0) return table;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: 'The ids of a tokenizer are dense from 0',
    got: `no token has the id ${Math.max(gap, 0)}`,
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}

const bytesOfCharacters = (token: string): Uint8Array => fromByteCharacters(token) ?? encoder.encode(token);

function bytesOfPiece(piece: string): Uint8Array {
  const byte = BYTE_PIECE.exec(piece)?.[1];
  return byte === undefined
    ? encoder.encode(piece.replaceAll('\u2581', ' '))
    : Uint8Array.of(Number.parseInt(byte, 16));
}
