import { definePlugin, services } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { defineProgram, initParams, ops } from '@sim4seg/compute';
import type { Program, Tensor, Trainable, TrainableLvlm, TrainingConversation } from '@sim4seg/compute';
import { z } from 'zod';

/** The smallest parts that a training step can be made of: 32 px images, 4 x 4 tokens, width 8, 40 byte tokens. */
const [SIDE, GRID, DIM, VOCABULARY] = [32, 4, 8, 40];

type Tensors = Record<string, Tensor>;

const need = (tensors: Tensors, name: string): Tensor => tensors[name] as Tensor;

const trainableOfProgram = (program: Program): Trainable => ({
  program,
  sizes: {},
  trainable: ['.*'],
  initialParams: (seed) => initParams(program.params, seed),
  inferenceGraphs: () => [{ graph: `${program.name}.run`, program, dims: oneOfEach(program) }],
});

/** One image with one conversation of eight tokens, as far as the program has such dims. */
function oneOfEach({ inputs, outputs }: Program): Record<string, number> {
  const symbols = [...Object.values(inputs), ...Object.values(outputs)].flatMap(({ dims }) => dims);
  const sizes = { images: 1, n: 1, conversations: 1, length: 8, rows: 8, segs: 1, prompts: 1 };
  return Object.fromEntries(Object.entries(sizes).filter(([symbol]) => symbols.includes(symbol)));
}

const encoder = defineProgram({
  name: 'toy-encoder',
  params: {
    'conv.weight': { dims: [DIM, 3 * 64, 1, 1], init: { fanIn: 1 } },
    'conv.bias': { dims: [DIM], init: 'zeros' },
  },
  inputs: { image: ['images', 3, SIDE, SIDE] },
  outputs: { embedding: ['images', DIM, GRID, GRID] },
  run: (p, x) => {
    const cells = ops.spaceToDepth(need(x, 'image'), 8);
    return { embedding: ops.conv2d(cells, need(p, 'conv.weight'), { bias: need(p, 'conv.bias') }) };
  },
});

const prior = defineProgram({
  name: 'toy-prior',
  inputs: { imageTokens: ['n', GRID * GRID, DIM], segEmbeddings: ['n', DIM], contentMask: ['n', GRID * GRID] },
  outputs: { similarity: ['n', GRID * GRID], mask: ['n', 1, GRID, GRID] },
  run: (_, x) => {
    const tokens = need(x, 'imageTokens');
    const n = tokens.shape[0] as number;
    const dots = ops.matMul(tokens, ops.reshape(need(x, 'segEmbeddings'), [n, DIM, 1]));
    const similarity = ops.mul(ops.reshape(dots, [n, GRID * GRID]), need(x, 'contentMask'));
    return { similarity, mask: ops.stopGradient(ops.reshape(similarity, [n, 1, GRID, GRID])) };
  },
});

const prompts = defineProgram({
  name: 'toy-prompts',
  params: { 'mask.weight': { dims: [DIM, 1, 1, 1], init: { fanIn: 1 } } },
  inputs: { mask: ['n', 1, GRID, GRID], text: ['n', 'prompts', DIM] },
  outputs: { sparse: ['n', 'prompts', DIM], dense: ['n', DIM, GRID, GRID] },
  run: (p, x) => ({ sparse: need(x, 'text'), dense: ops.conv2d(need(x, 'mask'), need(p, 'mask.weight')) }),
});

const decoder = defineProgram({
  name: 'toy-decoder',
  params: {
    'masks.weight': { dims: [4 * 64, DIM, 1, 1], init: { fanIn: 1 } },
    'gate.weight': { dims: [DIM, DIM], init: { fanIn: 1 } },
    'iou.weight': { dims: [4, DIM], init: { fanIn: 1 } },
    'presence.weight': { dims: [1, DIM], init: { fanIn: 1 } },
  },
  inputs: { embedding: ['n', DIM, GRID, GRID], sparse: ['n', 'prompts', DIM], dense: ['n', DIM, GRID, GRID] },
  outputs: { lowResLogits: ['n', 4, SIDE, SIDE], predictedIou: ['n', 4], presenceLogits: ['n'] },
  run: (p, x) => {
    const image = ops.add(need(x, 'embedding'), need(x, 'dense'));
    const n = image.shape[0] as number;
    const prompt = ops.reshape(ops.slice(need(x, 'sparse'), [0, 0, 0], [n, 1, DIM]), [n, DIM]);
    const gate = ops.reshape(ops.sigmoid(ops.linear(prompt, need(p, 'gate.weight'))), [n, DIM, 1, 1]);
    const folded = ops.conv2d(ops.mul(image, gate), need(p, 'masks.weight'));
    const pooled = ops.mean(ops.mul(image, gate), [2, 3]);
    return {
      lowResLogits: ops.depthToSpace(folded, 8),
      predictedIou: ops.linear(pooled, need(p, 'iou.weight')),
      presenceLogits: ops.reshape(ops.linear(pooled, need(p, 'presence.weight')), [n]),
    };
  },
});

const lvlmProgram = defineProgram({
  name: 'toy-lvlm',
  params: {
    embed: { dims: [VOCABULARY, DIM], init: { normal: 0.5 } },
    'project.weight': { dims: [DIM, DIM], init: { fanIn: 1 } },
    'head.weight': { dims: [VOCABULARY, DIM], init: { fanIn: 1 } },
  },
  inputs: {
    features: ['images', DIM, GRID, GRID],
    ids: { dtype: 'int32', dims: ['images', 'length'] },
    segRows: { dtype: 'int32', dims: ['images', 'conversations'] },
  },
  outputs: { logits: ['rows', VOCABULARY], imageTokens: ['images', GRID * GRID, DIM], segEmbeddings: ['segs', DIM] },
  run: (p, x) => {
    const features = need(x, 'features');
    const images = features.shape[0] as number;
    const cells = ops.transpose(ops.reshape(features, [images, DIM, GRID * GRID]), [0, 2, 1]);
    const imageTokens = ops.linear(cells, need(p, 'project.weight'));
    const words = ops.embedding(need(p, 'embed'), need(x, 'ids'));
    const hidden = ops.add(words, ops.mean(imageTokens, [1], true));
    const rows = ops.reshape(hidden, [-1, DIM]);
    return {
      logits: ops.linear(rows, need(p, 'head.weight')),
      imageTokens,
      segEmbeddings: ops.gatherRows(rows, ops.reshape(need(x, 'segRows'), [-1])),
    };
  },
});

const toyLvlm: TrainableLvlm = {
  ...trainableOfProgram(lvlmProgram),
  dims: { images: 2, conversations: 2, length: 8 },
  prepare: (batch, { images, conversations, length }) => {
    const ids = new Int32Array(images * length);
    const segRows = new Int32Array(images * conversations);
    const segPresent = new Float32Array(images * conversations);
    batch.forEach((row, image) =>
      row.forEach(({ question, answer }: TrainingConversation, i) => {
        ids[image * length + i] = (question.length + answer.length) % VOCABULARY;
        segRows[image * conversations + i] = image * length + i;
        segPresent[image * conversations + i] = answer.includes('[SEG]') ? 1 : 0;
      }),
    );
    const labels = { data: ids.map((id) => (id * 7) % VOCABULARY), shape: [images * length], dtype: 'int32' } as const;
    const weights = {
      data: new Float32Array(images * length).fill(1),
      shape: [images * length],
      dtype: 'float32',
    } as const;
    return {
      inputs: {
        ids: { data: ids, shape: [images, length], dtype: 'int32' },
        segRows: { data: segRows, shape: [images, conversations], dtype: 'int32' },
      },
      labels,
      weights,
      segPresent: { data: segPresent, shape: [images * conversations], dtype: 'float32' },
    };
  },
};

const toyPlugin = <T>(id: string, provides: T, trainable: Trainable) =>
  definePlugin({
    id,
    contractVersion: '1',
    needs: {},
    provides: provides as typeof services.maskDecoder,
    optionsSchema: z.strictObject({}),
    create: () => {
      throw new Error('toy parts are trained only');
    },
    trainable: () => trainable,
  }) as unknown as PluginDefinition;

/** Plugins `toy-encoder`, `toy-lvlm`, `toy-prior`, `toy-prompts` and `toy-decoder`. */
export const toyPlugins: readonly PluginDefinition[] = [
  toyPlugin('toy-encoder', services.imageEncoder, trainableOfProgram(encoder)),
  toyPlugin('toy-lvlm', services.lvlm, toyLvlm),
  toyPlugin('toy-prior', services.regionPrior, trainableOfProgram(prior)),
  toyPlugin('toy-prompts', services.promptEncoder, trainableOfProgram(prompts)),
  toyPlugin('toy-decoder', services.maskDecoder, trainableOfProgram(decoder)),
];

/** A config of the toy parts on a few phantoms. */
export const toyConfig = {
  imageEncoder: { use: 'toy-encoder' },
  lvlm: { use: 'toy-lvlm' },
  regionPrior: { use: 'toy-prior' },
  promptEncoder: { use: 'toy-prompts' },
  maskDecoder: { use: 'toy-decoder' },
  seed: 1,
  datasets: [{ use: 'phantoms', kind: 'dermoscopy', n: 2 }],
  training: {
    length: 8,
    checkpointEvery: 2,
    logEvery: 1,
    phases: [
      {
        name: 'masks',
        steps: 4,
        images: 2,
        prompt: 'target',
        lr: 1e-2,
        warmup: 2,
        train: ['imageEncoder', 'promptEncoder', 'maskDecoder', 'aux'],
      },
      {
        name: 'text',
        steps: 3,
        images: 2,
        conversations: 2,
        prompt: 'none',
        lr: 1e-2,
        warmup: 2,
        train: ['lvlm', 'aux'],
        losses: { distill: 0.3 },
      },
      {
        name: 'joint',
        steps: 4,
        images: 2,
        conversations: 2,
        prompt: 'seg',
        lr: 1e-3,
        warmup: 2,
        train: ['imageEncoder', 'lvlm', 'promptEncoder', 'maskDecoder', 'aux'],
      },
    ],
  },
} as const;
