import { clipVisionProgram, llamaDecodeProgram, llamaPrefillProgram, llamaProgram } from '@sim4seg/backbones';
import { initParams } from '@sim4seg/compute';
import type { Program, Trainable } from '@sim4seg/compute';
import type { PluginDefinition } from '@sim4seg/core';
import { samImageEncoderProgram, samImageEncoderSizesSchema } from '@sim4seg/decoders';
import { loadTrainablePlugins } from '../../packages/sim4seg/src/sdk/shipped-plugins.js';
import { TOY_SIZES } from '../../packages/sim4seg/test/untrained-bundle.js';
import { symbolsOf } from '@sim4seg/testing';

/** A program of the repository with sizes at which it runs in a moment. */
export interface ProgramCase {
  readonly name: string;
  readonly program: Program;
  readonly dims: Readonly<Record<string, number>>;
  readonly params: ReturnType<typeof initParams>;
}

const TEXTS = [
  'Is there a breast lesion in this ultrasound? Outline it.',
  'Yes, the finding is small and oval and lies in the upper left part. The diagnosis is benign breast lesion. It is [SEG].',
  'No, there is no breast lesion in this image.',
];

const LLAMA = {
  vocabularySize: 11,
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
};

const CLIP = {
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 2,
  sidePx: 28,
  patchPx: 7,
  activation: 'quick_gelu',
  layerNormEps: 1e-5,
  selectLayer: -2,
} as const;

const SAM = samImageEncoderSizesSchema.parse({
  inputSidePx: 40,
  patchPx: 8,
  tokenWidth: 16,
  depth: 2,
  heads: 2,
  width: 8,
  windowSide: 3,
  globalBlocks: [1],
});

/** Sizes of symbols that are not 2. */
const DIMS: Readonly<Record<string, number>> = {
  batch: 2,
  prefix: 3,
  suffix: 2,
  keys: 6,
  length: 5,
  width: 16,
  images: 1,
};
const LVLM_DIMS = { images: 1, conversations: 1 };

/** Plugins whose part has a program, with options at which it is small. */
const PARTS: Readonly<Record<string, object>> = {
  ...Object.fromEntries(
    Object.values(TOY_SIZES as Record<string, { use: string }>).map(({ use, ...options }) => [use, options]),
  ),
  'sam-decoder': { width: 32, embeddingSide: 4, heads: 2, depth: 1, mlpWidth: 32, iouHeadWidth: 32 },
  threshold: { tokenSide: 4 },
  adaptive: { tokenSide: 4 },
  softLogits: { tokenSide: 4 },
  multiGrid: { tokenSide: 4 },
  none: {},
};

function freshCase(program: Program): ProgramCase {
  const dims = Object.fromEntries(symbolsOf(program).map((symbol) => [symbol, DIMS[symbol] ?? 2]));
  return { name: program.name, program, dims, params: initParams(program.params, 1, dims) };
}

function partCases(plugin: PluginDefinition): ProgramCase[] {
  const options = { ...PARTS[plugin.id], ...(plugin.id === 'llama-tiny' && { trainingTexts: TEXTS }) };
  const part = plugin.trainable!(plugin.optionsSchema.parse(options)) as Trainable & { dims?: Record<string, number> };
  const own = (program: Program): Record<string, number> =>
    Object.fromEntries(symbolsOf(program).map((symbol) => [symbol, DIMS[symbol] ?? 2]));
  const params = part.initialParams(1) as ProgramCase['params'];
  const training = { ...own(part.program), ...part.dims, ...(part.dims && LVLM_DIMS) };
  const graphs = part.inferenceGraphs().map(({ graph, program, dims }) => ({ name: graph, program, dims }));
  const small = graphs.filter(({ name }) => !/\.b(4|16)\b/.test(name));
  return [{ name: `${plugin.id} (training)`, program: part.program, dims: training }, ...small].map((entry) => ({
    ...entry,
    params: Object.fromEntries(Object.keys(entry.program.params).map((key) => [key, params[key]!])),
  }));
}

/** Every program that the parts train or ship, and those of the official architectures, at tiny sizes. */
export async function repositoryPrograms(): Promise<ProgramCase[]> {
  const plugins = (await loadTrainablePlugins()).filter(({ id, trainable }) => trainable && id in PARTS);
  const official = [
    llamaProgram(LLAMA),
    llamaPrefillProgram(LLAMA),
    llamaDecodeProgram(LLAMA),
    clipVisionProgram(CLIP),
    samImageEncoderProgram(SAM),
  ];
  return [...plugins.flatMap(partCases), ...official.map(freshCase)];
}
