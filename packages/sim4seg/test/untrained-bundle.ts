import { trace } from '@sim4seg/compute';
import type { Trainable } from '@sim4seg/compute';
import { weightsOfPart, writeBundle } from '@sim4seg/compute/bundle';
import { isSim4SegError, mergeConfig } from '@sim4seg/core';
import type { ConfigTree, PluginDefinition } from '@sim4seg/core';
import { labelVocabulary } from '@sim4seg/data';
import { PRODUCT_PRESET } from '../src/sdk/presets.js';
import { loadTrainablePlugins } from '../src/sdk/shipped-plugins.js';

/** Sentences that the model could say; an untrained one says something random of their letters. */
const TEXTS = [
  'Is there a breast lesion in this ultrasound? Outline it.',
  'Is there a skin lesion in this image? Outline it.',
  'Yes, the finding is small and oval and lies in the upper left part. The diagnosis is benign breast lesion. It is [SEG].',
  'No, there is no breast lesion in this image.',
];

/** Sizes at which every part works and a bundle is written in a second. */
export const TOY_SIZES: ConfigTree = {
  imageEncoder: {
    use: 'tiny-trunk',
    inputSidePx: 64,
    channels: [16, 16, 32],
    blocks: 1,
    attentionBlocks: 1,
    heads: 2,
    width: 32,
  },
  lvlm: {
    use: 'llama-tiny',
    layers: 1,
    hiddenSize: 32,
    heads: 2,
    intermediateSize: 64,
    featureChannels: 32,
    tokenSide: 4,
    projectedDim: 32,
    answerTokens: 24,
  },
  regionPrior: { use: 'topCells', gridCells: 4, topN: 4, tokenSide: 4 },
  promptEncoder: { use: 'sam-prompt-encoder', width: 32, embeddingSide: 4, inputSidePx: 64 },
  maskDecoder: {
    use: 'sam-skip-decoder',
    width: 32,
    embeddingSide: 4,
    heads: 2,
    depth: 1,
    mlpWidth: 32,
    iouHeadWidth: 32,
    stride8Channels: 16,
    stride4Channels: 16,
    upChannels8: 16,
    upChannels4: 16,
    mixChannels: 4,
  },
};

const PLAIN_DECODER = {
  use: 'sam-decoder',
  width: 32,
  embeddingSide: 4,
  heads: 2,
  depth: 1,
  mlpWidth: 32,
  iouHeadWidth: 32,
};

const ROLES = ['imageEncoder', 'lvlm', 'regionPrior', 'promptEncoder', 'maskDecoder'] as const;

/** Writes a bundle whose weights are as they were before training: every path of the product runs, nothing is right. */
export async function writeUntrainedBundle(folder: string, sizes: ConfigTree = TOY_SIZES, seed = 1): Promise<void> {
  const tree = mergeConfig(PRODUCT_PRESET, sizes);
  const plugins = await loadTrainablePlugins();
  const choices = [
    ...ROLES.map((role) => tree[role] as { use: string }),
    sizes === TOY_SIZES ? PLAIN_DECODER : { use: 'sam-decoder' },
  ];
  const parts = choices.map((choice) => ({ id: choice.use, trainable: trainableFor(plugins, choice) }));
  await writeBundle(folder, {
    description: describe(tree, parts),
    tensors: Object.assign({}, ...parts.map(({ id, trainable }) => prefixed(id, trainable.initialParams(seed)))),
    precision: 'float16',
    graphs: (weights) =>
      Object.fromEntries(
        parts.flatMap(({ id, trainable }) => {
          const ranges = weightsOfPart(weights, id);
          return trainable
            .inferenceGraphs()
            .map(({ graph, program, dims }) => [
              graph,
              trace(program, { dims, params: { kind: 'external', ranges } }).model,
            ]);
        }),
      ),
    texts: Object.assign({ 'MODEL_CARD.md': '# untrained\n' }, ...parts.map(({ trainable }) => trainable.files ?? {})),
  });
}

const prefixed = (id: string, params: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [`${id}.${name}`, value]));

function trainableFor(plugins: readonly PluginDefinition[], { use, ...options }: { use: string }): Trainable {
  const plugin = plugins.find((candidate) => candidate.id === use && candidate.trainable);
  if (!plugin?.trainable) throw new Error(`no trainable plugin ${use}`);
  const given = use === 'llama-tiny' ? { ...options, trainingTexts: TEXTS } : options;
  try {
    return plugin.trainable(plugin.optionsSchema.parse(given)) as Trainable;
  } catch (error) {
    throw isSim4SegError(error) ? error : new Error(`${use}: ${String(error)}`, { cause: error });
  }
}

function describe(tree: ConfigTree, parts: readonly { id: string; trainable: Trainable }[]) {
  return {
    name: 'untrained',
    version: '0.0.0',
    intendedUse: 'Tests only.',
    parts: Object.fromEntries(parts.map(({ id, trainable }) => [id, trainable.sizes])),
    config: Object.fromEntries(ROLES.map((role) => [role, tree[role]])),
    preprocessing: {},
    labels: JSON.parse(JSON.stringify(labelVocabulary)) as Record<string, never[]>,
    conversation: { order: 'reason-first' as const },
    thresholds: { 'breast lesion': 0.5 },
    licences: [],
    training: { imageSha256: [], sets: [], config: {} },
  };
}
