import { Sim4SegError, expectShape, toSim4SegError } from '@sim4seg/core';
import type {
  GraphRunner,
  GraphValue,
  ImageFeatures,
  Lvlm,
  LvlmPrefix,
  ModelBundle,
  PrefillInput,
} from '@sim4seg/core';
import type { PromptPrefix } from '../generation/decode-session.js';
import { expectLvlmPart } from '../bundle/expect-part.js';
import { samplePaths } from '../generation/sample-paths.js';
import type { PathDecoder } from '../generation/sample-paths.js';
import { presenceIds, presenceProb } from '../sampling/presence-prob.js';
import { cleanQuestion, questionTooLong } from '../text/question.js';
import { promptIds, tinyTemplate } from '../text/templates.js';
import { createTokenizer } from '../text/tokenizer.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { tinyPathGroups, PREFILL_GRAPH, TOKENIZER_FILE } from './graphs.js';
import { TinySizesSchema, imageTokenCount, prefixLength } from './sizes.js';
import type { TinySizes } from './sizes.js';

/** Output of the image encoder that serves as vision features. */
const FEATURES_OUTPUT = 'stride16';
/** Role under which a bundle keeps the sizes of this part. */
export const TINY_ID = 'llama-tiny';

/**
 * The LVLM of a bundle: prefill once, then m paths batched over the prefix.
 * @throws WIRING when the bundle does not hold it; BUNDLE_DAMAGED; TOKENIZER_INVALID
 */
export function createTinyLvlm(bundle: ModelBundle): Lvlm {
  const sizes = readSizes(bundle);
  const tokenizer = createTokenizer(bundle.text(TOKENIZER_FILE));
  expectVocabulary(sizes, tokenizer.vocabularySize);
  const decoder = tinyDecoder(bundle.graphs, sizes, tokenizer);
  return {
    capabilities: { segEmbeddings: true, imageFeatures: FEATURES_OUTPUT },
    sizes: { projectedDim: sizes.projectedDim, tokenRows: sizes.tokenSide, tokenColumns: sizes.tokenSide },
    prefill: (input) => prefill(input, { graphs: bundle.graphs, sizes, tokenizer }),
    sample: (prefix, options) => samplePaths(prefix.state as PromptPrefix, options, decoder),
  };
}

function tinyDecoder(graphs: GraphRunner, sizes: TinySizes, tokenizer: Tokenizer): PathDecoder {
  const presence = presenceIds(tokenizer);
  return {
    graphs,
    llama: sizes.llama,
    room: { most: sizes.answerTokens, first: sizes.answerTokens },
    biasOver: 'keys',
    tokenizer,
    stopIds: new Set([tokenizer.stopId]),
    filters: { topK: Infinity, repetitionPenalty: 1 },
    groups: (paths) => tinyPathGroups(paths, graphs),
    presentProb: (logits) => presenceProb(logits, presence),
  };
}

interface TinyModel {
  readonly graphs: GraphRunner;
  readonly sizes: TinySizes;
  readonly tokenizer: Tokenizer;
}

async function prefill(input: PrefillInput, { graphs, sizes, tokenizer }: TinyModel): Promise<LvlmPrefix> {
  const ids = promptIds(tinyTemplate, cleanQuestion(input.question), tokenizer);
  const cached = ids.slice(0, -1);
  if (cached.length > sizes.questionTokens) {
    throw questionTooLong(`at most ${sizes.questionTokens} tokens with its frame`, `${cached.length} tokens`);
  }
  const padded = new Int32Array(sizes.questionTokens).fill(tokenizer.padId);
  padded.set(cached);
  const inputs: Record<string, GraphValue> = {
    features: visionFeatures(input.features, sizes),
    ids: { data: padded, shape: [1, sizes.questionTokens], dtype: 'int32' },
  };
  const { imageTokens, ...cache } = await graphs.run(PREFILL_GRAPH, inputs, { signal: input.signal });
  const filled = imageTokenCount(sizes) + cached.length;
  const state: PromptPrefix = { cache, slots: prefixLength(sizes), filled, lastId: ids.at(-1) as number };
  return {
    imageTokens: { data: imageTokens!.data as Float32Array, shape: imageTokens!.shape },
    frame: input.features?.frame ?? null,
    state,
  };
}

function visionFeatures(features: ImageFeatures | null, sizes: TinySizes): GraphValue {
  const named = features?.named[FEATURES_OUTPUT];
  if (named === undefined) {
    throw new Sim4SegError('WIRING', {
      must: `${TINY_ID} gets the output '${FEATURES_OUTPUT}' of an image encoder`,
      got: features === null ? 'no image features' : `outputs ${Object.keys(features.named).join(', ')}`,
      fix: `choose an image encoder with an output '${FEATURES_OUTPUT}', such as tiny-trunk`,
    });
  }
  expectShape(FEATURES_OUTPUT, named, [1, sizes.featureChannels, sizes.tokenSide, sizes.tokenSide]);
  return { data: named.data, shape: named.shape, dtype: 'float32' };
}

function readSizes(bundle: ModelBundle): TinySizes {
  const entry = expectLvlmPart(bundle, TINY_ID);
  try {
    return TinySizesSchema.parse(entry);
  } catch (error) {
    throw toSim4SegError(error, 'BUNDLE_DAMAGED', {
      must: `The manifest of the bundle '${bundle.name}' holds the sizes of ${TINY_ID}`,
      fix: 'take a bundle that was trained with this LVLM, or choose its own LVLM',
    });
  }
}

function expectVocabulary(sizes: TinySizes, got: number): void {
  if (got === sizes.llama.vocabularySize) return;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: `The tokenizer has the ${sizes.llama.vocabularySize} ids of the weights`,
    got: `${got} ids`,
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}
