import type { FloatArray, GraphRunner, GraphValue, LvlmPrefix, PrefillInput } from '@sim4seg/core';
import { CLIP_NORMALISATION, preprocessClip } from '../clip/preprocess.js';
import { patchCount } from '../clip/sizes.js';
import type { PromptPrefix } from '../generation/decode-session.js';
import { IMAGE_TOKEN_INDEX, planMerge } from '../llava/plan-merge.js';
import { llavaPromptIds } from '../text/llava-prompt.js';
import { cleanQuestion, questionTooLong } from '../text/question.js';
import { llavaLlama2Template, llavaV1Template } from '../text/templates.js';
import type { Tokenizer } from '../text/tokenizer.js';
import type { LlavaSizes } from '../llava/sizes.js';
import type { LlavaSegOptions } from './options.js';
import { LLAVA_GRAPHS } from './part.js';
import { tokensInFrame } from './tokens-in-frame.js';

const TEMPLATES = { llava_v1: llavaV1Template, llava_llama_2: llavaLlama2Template } as const;

/** What a prefill leaves for sampling. */
export interface LlavaPrefix {
  readonly prompt: PromptPrefix;
  /** Tokens that an answer may have. */
  readonly room: number;
}

export interface LlavaModel {
  readonly graphs: GraphRunner;
  readonly sizes: LlavaSizes;
  readonly tokenizer: Tokenizer;
  readonly options: LlavaSegOptions;
}

/**
 * Reads image and question once for all paths.
 * @throws QUESTION_TOO_LONG when image and question leave no token of the context for an answer; QUESTION_EMPTY
 */
export async function prefillLlava(input: PrefillInput, model: LlavaModel): Promise<LvlmPrefix> {
  const merged = mergePrompt(cleanQuestion(input.question), model); // ids, image rows in their place
  const { imageTokens, ...cache } = await readPrompt(input, merged, model);
  const state: LlavaPrefix = {
    prompt: { cache, slots: merged.length, filled: merged.length, lastId: merged.lastId },
    room: merged.room,
  };
  const tokens = { data: imageTokens!.data as Float32Array, shape: imageTokens!.shape };
  return { ...placed(tokens, input, model), state };
}

interface MergedPrompt {
  /** int32[length]; rows of token table and image, without the last token */
  readonly sources: Int32Array;
  readonly length: number;
  readonly imageAt: Int32Array;
  readonly lastId: number;
  readonly room: number;
}

function mergePrompt(question: string, { sizes, options, tokenizer }: LlavaModel): MergedPrompt {
  const { contextTokens, answerTokens, imageStartEnd } = options;
  const ids = llavaPromptIds(question, tokenizer, { template: TEMPLATES[options.template], imageStartEnd });
  const patches = patchCount(sizes.vision);
  const cached = ids.slice(0, -1);
  const { vocabularySize } = sizes.llama;
  const plan = planMerge(
    { ids: [cached], labels: null, attentionMask: [cached.map(() => true)] },
    { vocabularySize, patches, images: 1, imageOfSlot: [0] },
  );
  const room = Math.min(answerTokens, contextTokens - plan.length - 1);
  if (room < 1) {
    const length = plan.length + 1;
    throw questionTooLong(`with its image fewer than ${contextTokens} tokens`, `${length} tokens`);
  }
  const from = ids.indexOf(IMAGE_TOKEN_INDEX);
  const imageAt = Int32Array.from({ length: patches }, (_, i) => from + i);
  return { sources: plan.sources, length: plan.length, imageAt, lastId: ids.at(-1) as number, room };
}

async function readPrompt(
  { image, signal }: PrefillInput,
  { sources, length, imageAt }: MergedPrompt,
  { graphs, sizes }: LlavaModel,
): Promise<Readonly<Record<string, GraphValue>>> {
  const pixels = preprocessClip(image, { sidePx: sizes.vision.sidePx, normalisation: CLIP_NORMALISATION });
  const seen = await graphs.run(LLAVA_GRAPHS.vision, { pixels: { ...pixels, dtype: 'float32' } }, { signal });
  const inputs: Record<string, GraphValue> = {
    imageRows: seen['imageRows']!,
    sources: { data: sources, shape: [1, length], dtype: 'int32' },
    imageAt: { data: imageAt, shape: [imageAt.length], dtype: 'int32' },
  };
  return graphs.run(LLAVA_GRAPHS.prefill, inputs, { signal });
}

function placed(
  imageTokens: FloatArray,
  { image }: PrefillInput,
  { sizes, options }: LlavaModel,
): Pick<LvlmPrefix, 'imageTokens' | 'frame'> {
  if (options.tokensOver === 'middle-square') return { imageTokens, frame: null };
  const side = Math.sqrt(patchCount(sizes.vision));
  return tokensInFrame(imageTokens, image, side);
}
