import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, initParams } from '@sim4seg/compute';
import type { Session, TensorValue } from '@sim4seg/compute';
import { quantize, writeSafetensorsFile } from '@sim4seg/compute/node';
import type { GraphRunner, ReasoningPath } from '@sim4seg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUESTION, bundleWith, picture, sizes } from '../../test-support/llava-model.js';
import type { LlavaForm } from '../llava/sizes.js';
import { llavaFormOf } from './form.js';
import { llavaInferenceGraphs } from './graphs.js';
import { createLlavaSeg } from './llava-seg.js';
import { LlavaSegOptionsSchema } from './options.js';

const LORA = { rank: 2, alpha: 6, targets: ['q_proj', 'v_proj'] };
// Blocks of 32 need wider layers.
const WIDE = { ...sizes, llama: { ...sizes.llama, hiddenSize: 64, intermediateSize: 96 } };
const plain = { name: 'plain', parts: { llava: WIDE } };
const adapted = { name: 'adapted', parts: { llava: WIDE, 'llava-lora': LORA } };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-llava-'));
});
afterAll(() => rm(root, { recursive: true }));

/** All parameters of a form under their official keys; adapters that do something. */
function checkpointOf(form: LlavaForm): Record<string, TensorValue> {
  const specs = Object.assign({}, ...llavaInferenceGraphs(form).map(({ program }) => program.params));
  const values = initParams(specs as Parameters<typeof initParams>[0], 6);
  const entries = Object.entries(values).map(([name, value]) => {
    const key = (specs as Record<string, { key?: string }>)[name]!.key ?? name;
    if (!name.includes('lora_B')) return [key, value] as const;
    return [key, { ...value, data: Float32Array.from(value.data, (_, i) => 0.3 * Math.cos(i)) }] as const;
  });
  return Object.fromEntries(entries);
}

async function writeCheckpoint(name: string, values: Record<string, TensorValue>): Promise<string> {
  const file = join(root, `${name}.safetensors`);
  const tensors = Object.entries(values).map(([key, { data, shape }]) => {
    return [key, { data: data as Float32Array, shape, dtype: 'float32' as const }] as const;
  });
  await writeSafetensorsFile(file, Object.fromEntries(tensors));
  return file;
}

/** Answers with graphs whose weights lie in a file. */
async function answerFrom(weights: string, form: LlavaForm): Promise<ReasoningPath> {
  const sessions = new Map<string, Session>();
  for (const { graph, program, dims } of llavaInferenceGraphs(form)) {
    sessions.set(graph, await compile(program, { dims, weights }));
  }
  const runner: GraphRunner = {
    has: (name) => sessions.has(name),
    run: (name, inputs) => sessions.get(name)!.run(inputs as Record<string, TensorValue>),
  };
  const bundle = bundleWith(runner, { parts: { llava: WIDE } });
  const lvlm = createLlavaSeg(bundle, LlavaSegOptionsSchema.parse({}));
  const prefix = await lvlm.prefill({ image: picture(30, 40), features: null, question: QUESTION });
  const sampling = { paths: 1, seed: 0, temperature: 0, topP: 1, maxTokens: 4 };
  const [path] = await lvlm.sample(prefix, sampling);
  for (const session of sessions.values()) await session.release();
  return path!;
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('llava-seg from a checkpoint', () => {
  it('finds all weights under their official keys, an adapter beside them under those of PEFT', async () => {
    const values = checkpointOf(llavaFormOf(adapted, { precision: 'float' }));
    const file = await writeCheckpoint('adapted', values);
    expect(Object.keys(values)).toContain('model.vision_tower.vision_tower.vision_model.pre_layrnorm.weight');
    expect(Object.keys(values)).toContain('model.mm_projector.2.bias');
    expect(Object.keys(values)).toContain('model.text_hidden_fcs.0.2.weight');
    const without = await answerFrom(file, llavaFormOf(plain, { precision: 'float' }));
    const withAdapter = await answerFrom(file, llavaFormOf(adapted, { precision: 'float' }));
    const byHand = await answerFrom(await writeCheckpoint('merged', mergedByHand(values)), WIDE);
    expect(withAdapter.tokenIds).toEqual(byHand.tokenIds);
    expect(largestDifference(withAdapter.tokenLogProbs, byHand.tokenLogProbs)).toBeLessThan(1e-4);
    expect(largestDifference(withAdapter.tokenLogProbs, without.tokenLogProbs)).toBeGreaterThan(1e-3);
  });

  it('answers from half floats with the same tokens, to three digits', async () => {
    const file = await writeCheckpoint('whole', checkpointOf(WIDE));
    const halves = join(root, 'float16.safetensors');
    await quantize(file, halves, { dtype: 'float16' });
    const [exact, rounded] = [await answerFrom(file, WIDE), await answerFrom(halves, WIDE)];
    expect(rounded.tokenIds).toEqual(exact.tokenIds);
    expect(largestDifference(rounded.tokenLogProbs, exact.tokenLogProbs)).toBeLessThan(5e-3);
    expect(largestDifference(rounded.tokenLogProbs, exact.tokenLogProbs)).toBeGreaterThan(0);
  });

  it('reads layers of 4-bit blocks as they are stored, and stays near the exact answer', async () => {
    const file = await writeCheckpoint('exact', checkpointOf(WIDE));
    const blocks = join(root, 'int4.safetensors');
    const isLayer = (key: string): boolean => /^model\.layers\.\d+\.[\w.]+_proj\.weight$/.test(key);
    const { tensors } = await quantize(file, blocks, { dtype: 'int4', blockSize: 32, select: isLayer });
    expect(tensors).toHaveLength(7 * WIDE.llama.layers);
    const [exact, rounded] = [
      await answerFrom(file, WIDE),
      await answerFrom(blocks, llavaFormOf(plain, { precision: 'int4' })),
    ];
    // Logits of these weights reach from -1 to 1.
    expect(Math.abs(exact.tokenLogProbs[0]! - rounded.tokenLogProbs[0]!)).toBeLessThan(0.1);
  });
});

/** W + alpha / rank * B A in the places of the adapted weights. */
function mergedByHand(values: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> {
  const merged = { ...values };
  for (const key of Object.keys(values).filter((name) => name.endsWith('.lora_A.weight'))) {
    const layer = key.replace('base_model.model.', '').replace('.lora_A.weight', '');
    const [a, b, weight] = [key, key.replace('lora_A', 'lora_B'), `${layer}.weight`].map((name) => values[name]!);
    const columns = weight!.shape[1]!;
    const data = Float32Array.from(weight!.data, (value, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      let change = 0;
      for (let r = 0; r < LORA.rank; r++) change += b!.data[row * LORA.rank + r]! * a!.data[r * columns + column]!;
      return value + (LORA.alpha / LORA.rank) * change;
    });
    merged[`${layer}.weight`] = { ...weight!, data };
  }
  return merged;
}
