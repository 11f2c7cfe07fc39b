import { Sim4SegError } from '@sim4seg/core';

/** A token that was added to a vocabulary. */
export interface AddedPiece {
  readonly id: number;
  readonly content: string;
}

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly kind: number;
}

/** Kinds of pieces. @source sentencepiece_model.proto, SentencePiece.Type */
const KIND = { unknown: 2, control: 3 } as const;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const FIELD = { pieces: 1, text: 1, score: 2, kind: 3 } as const;

/**
 * The tokenizer.json of a LLaMA whose weights come with a `tokenizer.model` (SentencePiece BPE) alone.
 * @param added tokens of `added_tokens.json`, such as [SEG]; they swallow the blanks beside them, as the slow tokenizers
 * do with which the official models were trained
 * @throws TOKENIZER_INVALID for a damaged file or one without pieces
 * @source transformers 4.31 convert_slow_tokenizer.py, LlamaConverter and SentencePieceExtractor; tokenization_utils.py
 */
export function tokenizerFromSentencePiece(model: Uint8Array, added: readonly AddedPiece[] = []): string {
  const pieces = readPieces(model);
  const known = pieces.flatMap(({ text, kind }, id) =>
    kind === KIND.control || kind === KIND.unknown ? [{ id, content: text }] : [],
  );
  const tokens = [
    ...known.map((token) => ({ ...token, lstrip: false, rstrip: false })),
    ...added.map((token) => ({ ...token, lstrip: true, rstrip: true })),
  ];
  return JSON.stringify({
    version: '1.0',
    added_tokens: tokens.map((token) => ({ ...token, single_word: false, normalized: false, special: true })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '\u2581' },
        { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
    model: {
      type: 'BPE',
      unk_token: pieces.find(({ kind }) => kind === KIND.unknown)?.text ?? null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
      merges: mergesOf(pieces),
    },
  });
}

/** Every way to put a piece together out of two others, best score first, then as the vocabulary lists them. */
function mergesOf(pieces: readonly Piece[]): string[] {
  const ids = new Map(pieces.map(({ text }, id) => [text, id]));
  const merges = pieces.flatMap(({ text, score }) => {
    const letters = [...text];
    const splits = letters.slice(1).flatMap((_, i) => {
      const [left, right] = [letters.slice(0, i + 1).join(''), letters.slice(i + 1).join('')];
      const [leftId, rightId] = [ids.get(left), ids.get(right)];
      return leftId === undefined || rightId === undefined ? [] : [{ left, right, leftId, rightId, score }];
    });
    return splits.sort((a, b) => a.leftId - b.leftId || a.rightId - b.rightId);
  });
  return merges.sort((a, b) => b.score - a.score).map(({ left, right }) => `${left} ${right}`);
}

function readPieces(model: Uint8Array): Piece[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const pieces = readFields(model)
      .filter(({ field }) => field === FIELD.pieces)
      .map(({ bytes }) => readPiece(readFields(bytes), decoder));
    if (pieces.length > 0) return pieces;
  } catch (cause) {
    throw damaged((cause as Error).message, cause);
  }
  throw damaged('a file without pieces');
}

function readPiece(fields: readonly Field[], decoder: TextDecoder): Piece {
  const bytesOf = (wanted: number): Uint8Array | undefined => fields.find(({ field }) => field === wanted)?.bytes;
  const score = bytesOf(FIELD.score);
  return {
    text: decoder.decode(bytesOf(FIELD.text) ?? new Uint8Array()),
    score: score ? new DataView(score.buffer, score.byteOffset, 4).getFloat32(0, true) : 0,
    kind: fields.find(({ field }) => field === FIELD.kind)?.value ?? 1,
  };
}

interface Field {
  readonly field: number;
  /** Of a varint. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** Fields of a protobuf message. @throws RangeError where one reaches beyond the end */
function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a number reaches beyond the end');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number has more than ten bytes');
  };
  while (at < message.length) {
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const value = wire === WIRE.varint ? varint() : 0;
    const size = sizeOf(wire, varint);
    if (at + size > message.length) throw new RangeError(`field ${field} reaches beyond the end`);
    fields.push({ field, value, bytes: message.subarray(at, at + size) });
    at += size;
  }
  return fields;
}

function sizeOf(wire: number, varint: () => number): number {
  if (wire === WIRE.varint) return 0;
  if (wire === WIRE.bytes) return varint();
  if (wire === WIRE.fixed32) return 4;
  if (wire === WIRE.fixed64) return 8;
  throw new RangeError(`a field has the unknown form ${wire}`);
}

function damaged(got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('TOKENIZER_INVALID', {
    must: 'A tokenizer.model is a SentencePiece model',
    got,
    fix: 'take the tokenizer.model that belongs to the weights',
    cause,
  });
}
