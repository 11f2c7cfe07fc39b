import { Sim4SegError } from '@sim4seg/core';
import type { GraphRunner, Lvlm, ModelBundle } from '@sim4seg/core';
import { patchCount } from '../clip/sizes.js';
import type { PathDecoder, PathGroup } from '../generation/sample-paths.js';
import { samplePaths } from '../generation/sample-paths.js';
import { presenceIds, presenceProb } from '../sampling/presence-prob.js';
import { IMAGE_END_TOKEN, IMAGE_START_TOKEN } from '../text/special-tokens.js';
import { createTokenizer } from '../text/tokenizer.js';
import type { Tokenizer } from '../text/tokenizer.js';
import type { LlavaSizes } from '../llava/sizes.js';
import type { LlavaSegOptions } from './options.js';
import { LLAVA_GRAPHS, readLlavaSizes } from './part.js';
import { prefillLlava } from './prefill.js';
import type { LlavaPrefix } from './prefill.js';

const TOKENIZER_FILE = 'tokenizer.json';
/** More paths are run one group after the other: the cache of each takes memory. */
const MOST_PATHS_AT_ONCE = 16;
/** Slots for tokens that a path begins with. */
const FIRST_SLOTS = 32;

/**
 * The LVLM of the official family: vision tower, projector, LLaMA and seg projection of a bundle. An answer without
 * [SEG] has no seg embedding, which a presence judge takes for absent or unsure.
 * @throws WIRING when the bundle holds no LLaVA; BUNDLE_DAMAGED; TOKENIZER_INVALID
 */
export function createLlavaSeg(bundle: ModelBundle, options: LlavaSegOptions): Lvlm {
  const sizes = readLlavaSizes(bundle);
  const tokenizer = createTokenizer(bundle.text(TOKENIZER_FILE));
  expectTokens(tokenizer, sizes, options);
  const decoderFor = pathDecoder(bundle.graphs, { sizes, tokenizer, options });
  const side = Math.sqrt(patchCount(sizes.vision));
  return {
    capabilities: { segEmbeddings: true, imageFeatures: null },
    sizes: { projectedDim: sizes.projectedDim, tokenRows: side, tokenColumns: side },
    prefill: (input) => prefillLlava(input, { graphs: bundle.graphs, sizes, tokenizer, options }),
    sample: (prefix, sampling) => {
      const { prompt, room } = prefix.state as LlavaPrefix;
      return samplePaths(prompt, sampling, decoderFor(room));
    },
  };
}

interface DecoderParts {
  readonly sizes: LlavaSizes;
  readonly tokenizer: Tokenizer;
  readonly options: LlavaSegOptions;
}

/** The decoder of a question that leaves `room` tokens for the answer. */
function pathDecoder(graphs: GraphRunner, { sizes, tokenizer, options }: DecoderParts): (room: number) => PathDecoder {
  const presence = options.presenceWords && presenceIds(tokenizer, options.presenceWords);
  return (room) => ({
    graphs,
    llama: sizes.llama,
    room: { most: room, first: FIRST_SLOTS },
    biasOver: 'suffix',
    tokenizer,
    stopIds: new Set([tokenizer.stopId]),
    filters: { topK: options.topK || Infinity, repetitionPenalty: options.repetitionPenalty },
    groups: pathGroups,
    presentProb: (logits) => presence && presenceProb(logits, presence),
  });
}

function pathGroups(paths: number): PathGroup[] {
  const count = Math.ceil(paths / MOST_PATHS_AT_ONCE);
  return Array.from({ length: count }, (_, i) => {
    const first = i * MOST_PATHS_AT_ONCE;
    const own = Math.min(MOST_PATHS_AT_ONCE, paths - first);
    return { first, count: own, batch: own, graph: LLAVA_GRAPHS.decode };
  });
}

/** Every id has its row, and what the prompt is made of is there. */
function expectTokens(tokenizer: Tokenizer, sizes: LlavaSizes, { imageStartEnd }: LlavaSegOptions): void {
  const needed = imageStartEnd ? [IMAGE_START_TOKEN, IMAGE_END_TOKEN] : [];
  const missing = needed.filter((token) => tokenizer.addedId(token) === null);
  const rows = sizes.llama.vocabularySize;
  if (missing.length === 0 && tokenizer.vocabularySize <= rows) return;
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: `The tokenizer has at most the ${rows} ids of the weights, and the tokens ${needed.join(' ')}`,
    got: `${tokenizer.vocabularySize} ids${missing.length > 0 ? ` without ${missing.join(' ')}` : ''}`,
    fix: 'take the tokenizer.json that belongs to the weights',
  });
}
