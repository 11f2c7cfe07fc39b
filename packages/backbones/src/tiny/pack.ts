import type { PreparedText, TrainingConversation } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { answerIds, promptIds } from '../text/templates.js';
import type { ConversationTemplate } from '../text/templates.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { tokenWeights } from './token-weights.js';

export interface PackDims {
  readonly images: number;
  readonly conversations: number;
  /** Text tokens of an image, all its conversations together. */
  readonly length: number;
}

export interface PackOptions {
  readonly tokenizer: Tokenizer;
  readonly template: ConversationTemplate;
  /** Tokens in front of the text; a conversation's positions begin behind them. */
  readonly imageTokens: number;
}

/** One conversation as ids; `weights[i]` is the weight of predicting `ids[i]`. */
export interface TokenizedConversation {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

export function tokenizeConversation(
  conversation: TrainingConversation,
  { tokenizer, template }: PackOptions,
): TokenizedConversation {
  const prompt = promptIds(template, conversation.question, tokenizer);
  const answer = answerIds(template, conversation.answer, tokenizer);
  const weights = tokenWeights(conversation, answer, tokenizer);
  return { ids: [...prompt, ...answer], weights: [...prompt.map(() => 0), ...weights] };
}

/**
 * Packs the conversations of each image behind its image tokens: ids, positions that restart with each conversation,
 * segments for the block mask (0 image, c + 1 conversation, -1 padding), the row that predicts [SEG], next-token labels
 * and their weights. Row i of an image predicts `labels[i]`.
 * @throws USAGE when a batch has more images, conversations or tokens than `dims`
 */
export function packText(
  batch: readonly (readonly TrainingConversation[])[],
  dims: PackDims,
  options: PackOptions,
): PreparedText {
  expectRoom('images', batch.length, dims.images);
  const arrays = emptyArrays(dims, options.tokenizer.padId);
  batch.forEach((conversations, image) => {
    expectRoom('conversations', conversations.length, dims.conversations);
    let from = 0;
    conversations.forEach((conversation, index) => {
      const tokens = tokenizeConversation(conversation, options);
      expectRoom('text tokens', from + tokens.ids.length, dims.length);
      place(arrays, { tokens, image, index, from }, { dims, options });
      from += tokens.ids.length;
    });
  });
  return toPrepared(arrays, dims);
}

type PackArrays = ReturnType<typeof emptyArrays>;

interface Placement {
  readonly tokens: TokenizedConversation;
  readonly image: number;
  readonly index: number;
  readonly from: number;
}

function emptyArrays({ images, conversations, length }: PackDims, padId: number) {
  return {
    ids: new Int32Array(images * length).fill(padId),
    positions: new Int32Array(images * length),
    segments: new Int32Array(images * length).fill(-1),
    segRows: new Int32Array(images * conversations),
    labels: new Int32Array(images * length).fill(padId),
    weights: new Float32Array(images * length),
    segPresent: new Float32Array(images * conversations),
  };
}

function place(
  arrays: PackArrays,
  { tokens, image, index, from }: Placement,
  { dims, options }: { dims: PackDims; options: PackOptions },
): void {
  const { ids, weights } = tokens;
  const start = image * dims.length + from;
  ids.forEach((id, i) => {
    arrays.ids[start + i] = id;
    arrays.positions[start + i] = options.imageTokens + i;
    arrays.segments[start + i] = index + 1;
    if (i === 0) return;
    arrays.labels[start + i - 1] = id;
    arrays.weights[start + i - 1] = weights[i] as number;
  });
  const seg = ids.indexOf(options.tokenizer.segId);
  if (seg < 0) return;
  const slot = image * dims.conversations + index;
  arrays.segRows[slot] = image * (options.imageTokens + dims.length) + options.imageTokens + from + seg - 1;
  arrays.segPresent[slot] = 1;
}

function toPrepared(arrays: PackArrays, { images, conversations, length }: PackDims): PreparedText {
  const text = (data: Int32Array) => ({ data, shape: [images, length], dtype: 'int32' as const });
  return {
    inputs: {
      ids: text(arrays.ids),
      positions: text(arrays.positions),
      segments: text(arrays.segments),
      segRows: { data: arrays.segRows, shape: [images, conversations], dtype: 'int32' },
    },
    labels: { data: arrays.labels, shape: [images * length], dtype: 'int32' },
    weights: { data: arrays.weights, shape: [images * length], dtype: 'float32' },
    segPresent: { data: arrays.segPresent, shape: [images * conversations], dtype: 'float32' },
  };
}

function expectRoom(what: string, got: number, room: number): void {
  if (got <= room) return;
  throw new Sim4SegError('USAGE', {
    must: `A packed batch has at most ${room} ${what}${what === 'images' ? '' : ' an image'}`,
    got: String(got),
    fix: 'raise the dims of the training step or shorten the texts',
  });
}
