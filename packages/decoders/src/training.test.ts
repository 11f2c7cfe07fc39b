import { compileTrainStep, ops, prefixSpecs, scopeParams, trainableOf } from '@sim4seg/compute';
import type { Tensor, TensorValue } from '@sim4seg/compute';
import { createRandom } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { samPromptEncoderPlugin, samSkipDecoderPlugin, tinyTrunkPlugin } from './plugin.js';

const SIDE = 32;
const BATCH = 2;

const small = { width: 16, embeddingSide: 2, heads: 2, depth: 1, mlpWidth: 16, iouHeadWidth: 16, multimasks: 1 };
const skips = { stride8Channels: 8, stride4Channels: 8, upChannels8: 8, upChannels4: 8, mixChannels: 4 };
const partOf = (plugin: unknown, options: object) => {
  const definition = plugin as PluginDefinition;
  return trainableOf(definition, definition.optionsSchema.parse(options))!;
};

/** A bright disc on a darker, noisy ground. */
function discs(seed: number): Record<'image' | 'target', TensorValue> {
  const random = createRandom(seed);
  const image = new Float32Array(BATCH * 3 * SIDE * SIDE);
  const target = new Float32Array(BATCH * SIDE * SIDE);
  for (let i = 0, [x, y] = [0, 0]; i < target.length; i++) {
    if (i % (SIDE * SIDE) === 0) [x, y] = [random.int(8, 24), random.int(8, 24)];
    const [column, row, item] = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / SIDE / SIDE)];
    target[i] = (column - x) ** 2 + (row - y) ** 2 < 49 ? 1 : 0;
    for (let c = 0; c < 3; c++)
      image[((item * 3 + c) * SIDE + row) * SIDE + column] = 0.3 + 0.4 * target[i]! + 0.05 * random.normal();
  }
  return {
    image: { data: image, shape: [BATCH, 3, SIDE, SIDE], dtype: 'float32' },
    target: { data: target, shape: [BATCH, 1, SIDE, SIDE], dtype: 'float32' },
  };
}

describe('training trunk, prompt encoder and decoder with skips', () => {
  const parts = {
    trunk: partOf(tinyTrunkPlugin, {
      inputSidePx: SIDE,
      channels: [8, 8, 8],
      blocks: 1,
      attentionBlocks: 1,
      heads: 2,
      width: 16,
    }),
    prompt: partOf(samPromptEncoderPlugin, { width: 16, embeddingSide: 2, inputSidePx: SIDE, maskChannels: 8 }),
    decoder: partOf(samSkipDecoderPlugin, { ...small, ...skips }),
  };
  const names = Object.keys(parts) as (keyof typeof parts)[];
  const joined = <T>(read: (part: keyof typeof parts) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign({}, ...names.map((name) => prefixSpecs(`${name}.`, read(name)))) as Record<string, T>;

  function loss(params: Record<string, Tensor>, inputs: Record<string, Tensor>): { loss: Tensor } {
    const run = (name: keyof typeof parts, given: Record<string, Tensor>) =>
      parts[name].program.run(scopeParams(params, `${name}.`), given);
    const encoded = run('trunk', { image: inputs['image']! });
    const prompts = run('prompt', { mask: ops.zeros([BATCH, 1, 8, 8]), text: ops.ones([BATCH, 1, 16]) });
    const decoded = run('decoder', { ...encoded, ...prompts });
    const logits = decoded['lowResLogits']!;
    const factor = SIDE / logits.shape[2]!;
    const target = factor === 1 ? inputs['target']! : ops.avgPool(inputs['target']!, factor);
    const masks = ops.mean(ops.bceWithLogits(logits, ops.tile(target, [1, 2, 1, 1])));
    const quality = ops.mean(ops.square(ops.sub(decoded['predictedIou']!, ops.scalar(1))));
    const presence = decoded['presenceLogits'];
    const told = presence ? ops.mean(ops.bceWithLogits(presence, ops.ones([BATCH]))) : ops.scalar(0);
    return { loss: ops.add(ops.add(masks, ops.mul(quality, ops.scalar(0.1))), ops.mul(told, ops.scalar(0.1))) };
  }

  it('reaches every parameter that it declares as trainable, and learns', async () => {
    const isTrainable = (name: string): boolean => {
      const [part, ...rest] = name.split('.');
      return parts[part as keyof typeof parts].trainable.some((pattern) => new RegExp(pattern).test(rest.join('.')));
    };
    const step = await compileTrainStep({
      name: 'small',
      params: joined((name) => parts[name].program.params),
      inputs: { image: { dims: [BATCH, 3, SIDE, SIDE] }, target: { dims: [BATCH, 1, SIDE, SIDE] } },
      loss,
      trainable: isTrainable,
      weightDecay: () => false,
      optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0 },
      clip: 1,
      dims: {},
      threads: 1,
    });
    step.init(joined((name) => parts[name].initialParams(1)));
    const losses: number[] = [];
    for (let i = 1; i <= 30; i++) losses.push((await step.step(discs(i), { lr: 3e-3, step: i }))['loss']!);
    await step.release();
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.6 * mean(losses.slice(0, 3)));
  });
});
