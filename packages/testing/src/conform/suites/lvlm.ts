import { services } from '@sim4seg/core';
import type { FloatArray, Lvlm, LvlmPrefix, ModelFrame, ReasoningPath } from '@sim4seg/core';
import { demand } from '../breach.js';
import { expectBetween, expectFloats, expectFrame, expectSizes } from '../expect-value.js';
import { testImage } from '../inputs.js';
import type { Suite } from '../suite.js';
import { lvlmChecks } from './lvlm-checks.js';
import { LVLM_SAMPLING, lvlmInput } from './lvlm-input.js';
import type { LvlmInput } from './lvlm-input.js';

interface LvlmAnswer {
  readonly imageTokens: FloatArray | null;
  readonly frame: ModelFrame | null;
  readonly paths: readonly ReasoningPath[];
}

function expectPath(path: ReasoningPath, index: number, { capabilities, sizes }: Lvlm): void {
  demand(path.index === index, `the path at place ${index} has the index ${path.index}`);
  demand(typeof path.text === 'string', `the text of path ${index} is ${typeof path.text}`);
  demand(path.tokenLogProbs instanceof Float32Array, 'tokenLogProbs is no float32 array');
  const [ids, probs] = [path.tokenIds.length, path.tokenLogProbs.length];
  demand(ids === probs, `${ids} tokenIds and ${probs} tokenLogProbs`);
  demand(path.finish === 'stop' || path.finish === 'length', `finish is ${String(path.finish)}`);
  if (capabilities.segEmbeddings) expectFloats('segEmbeddings', path.segEmbeddings, ['K', sizes.projectedDim]);
  else demand(path.segEmbeddings === null, 'segEmbeddings in spite of capabilities.segEmbeddings = false');
}

function expectTokens({ imageTokens }: Pick<LvlmPrefix, 'imageTokens'>, { capabilities, sizes }: Lvlm): void {
  const { projectedDim, tokenRows, tokenColumns } = sizes;
  if (!capabilities.segEmbeddings) return demand(imageTokens === null, 'image tokens without seg embeddings');
  return expectFloats('imageTokens', imageTokens, [1, tokenRows * tokenColumns, projectedDim]);
}

/** A question about an image, prefilled and sampled. */
export const lvlmSuite: Suite<Lvlm, LvlmInput, LvlmAnswer> = {
  kind: 'lvlm',
  service: services.lvlm,
  abortable: true,
  tolerance: 1e-4,
  lacks: ({ neighbours }, { capabilities }) =>
    capabilities.imageFeatures === null || neighbours?.imageEncoder
      ? null
      : `it takes the image features '${capabilities.imageFeatures}': give neighbours.imageEncoder`,
  inspect: ({ capabilities, sizes }) => {
    demand(typeof capabilities?.segEmbeddings === 'boolean', 'capabilities.segEmbeddings is no boolean');
    demand(capabilities.imageFeatures !== undefined, 'capabilities.imageFeatures is neither a name nor null');
    if (capabilities.segEmbeddings) expectSizes({ ...sizes }, ['projectedDim', 'tokenRows', 'tokenColumns']);
  },
  input: (variety, seed, trial) => lvlmInput(trial, testImage(variety, seed), variety === 'empty' ? '' : undefined),
  call: async (lvlm, input, signal) => {
    const prefix = await lvlm.prefill({ ...input, signal });
    const paths = await lvlm.sample(prefix, { ...LVLM_SAMPLING, signal });
    return { imageTokens: prefix.imageTokens, frame: prefix.frame, paths };
  },
  expectShapes: (answer, _input, part) => {
    expectTokens(answer, part);
    demand(answer.paths.length === LVLM_SAMPLING.paths, `${answer.paths.length} paths of ${LVLM_SAMPLING.paths}`);
    answer.paths.forEach((path, i) => expectPath(path, i, part));
  },
  expectRanges: ({ frame, paths }, { image }, { capabilities }) => {
    if (capabilities.segEmbeddings) expectFrame(frame, image);
    for (const path of paths) {
      demand(
        path.tokenIds.length <= LVLM_SAMPLING.maxTokens,
        `${path.tokenIds.length} tokens of ${LVLM_SAMPLING.maxTokens}`,
      );
      for (const value of path.tokenLogProbs) demand(value <= 0, `a log-probability is ${value}`);
      if (path.presentProb !== null) expectBetween('presentProb', path.presentProb, [0, 1]);
    }
  },
  checks: lvlmChecks,
};
