import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectAgreement, someValue, worstError } from '../../test-support/compare.js';
import { nodeCountOf, operatorsOf } from '../../test-support/operators.js';
import { defineProgram } from '../program.js';
import { initParams, scopeParams } from '../program/params.js';
import type { Tensors } from '../program.js';
import { loadOrt } from '../runtime/ort.js';
import { adamw } from '../train/adamw.js';
import { createTrainStep } from '../train/create-train-step.js';
import { compileTrainStep } from '../train/train-step.js';
import * as ops from './index.js';

const DEPTH = 4;
const WIDTH = 16;

const specs = Object.fromEntries(
  Array.from({ length: DEPTH }, (_, i) => [
    [`${i}.up`, { dims: [4 * WIDTH, WIDTH] }] as const,
    [`${i}.down`, { dims: [WIDTH, 4 * WIDTH] }] as const,
  ]).flat(),
);

function block(p: Tensors, { x, scale }: Tensors): Tensor {
  const inner = ops.gelu(ops.linear(ops.mul(x!, scale!), p['up']!));
  return ops.add(x!, ops.linear(inner, p['down']!));
}

const netOf = (recompute: boolean) =>
  defineProgram({
    name: 'tower',
    params: specs,
    inputs: { x: ['n', WIDTH], scale: [WIDTH] },
    outputs: { y: ['n', WIDTH] },
    run: (p, { x: first, scale }) => {
      let x = first!;
      for (let i = 0; i < DEPTH; i += 1) {
        const own = scopeParams(p, `${i}.`);
        const inputs = { x, scale: scale! };
        x = recompute ? ops.recompute(block, own, inputs) : block(own, inputs);
      }
      return { y: x };
    },
  });

const stepOptions = (recompute: boolean) => ({
  program: netOf(recompute),
  loss: ({ y }: Tensors) => ops.mean(ops.square(y!)),
  optimizer: adamw(),
  dims: { n: 8 },
});

const batch = (seed: number) => ({ x: someValue([8, WIDTH], seed), scale: someValue([WIDTH], 7) });

describe('recompute', () => {
  it('gives the gradients of the block itself on both engines', async () => {
    const inputs = { x: someValue([3, 4], 1), w: someValue([4, 4], 2), b: someValue([4], 3) };
    const body = (p: Tensors, x: Tensors): Tensor => ops.tanh(ops.linear(x['x']!, p['w']!, p['b']!));
    const plain = await expectAgreement(({ x, w, b }) => body({ w: w!, b: b! }, { x: ops.sin(x!) }), inputs);
    const again = await expectAgreement(
      ({ x, w, b }) => ops.recompute(body, { w: w!, b: b! }, { x: ops.sin(x!) }),
      inputs,
    );
    for (const [name, value] of Object.entries(plain)) expect(worstError(again[name]!, value), name).toBeLessThan(1e-6);
  });

  it('nests, and takes ids beside numbers', async () => {
    const inputs = { x: someValue([3, 4], 1), w: someValue([4, 4], 2) };
    const inner = (p: Tensors, x: Tensors): Tensor =>
      ops.add(ops.linear(x['x']!, p['w']!), ops.embedding(p['w']!, x['ids']!));
    const outer = (p: Tensors, x: Tensors): Tensor => ops.tanh(ops.recompute(inner, p, x));
    const ids = (): Tensor => ops.tensor([2, 0, 1], [3], 'int32');
    const plain = await expectAgreement(({ x, w }) => ops.tanh(inner({ w: w! }, { x: x!, ids: ids() })), inputs);
    const again = await expectAgreement(({ x, w }) => ops.recompute(outer, { w: w! }, { x: x!, ids: ids() }), inputs);
    for (const [name, value] of Object.entries(plain)) expect(worstError(again[name]!, value), name).toBeLessThan(1e-6);
  });

  it('trains as the plain model does, in a graph that holds the forward pass twice', async () => {
    const [plain, again] = await Promise.all([false, true].map((on) => compileTrainStep(stepOptions(on))));
    const eager = await createTrainStep({ ...stepOptions(true), engine: 'eager' });
    for (const step of [plain!, again!, eager]) {
      step.init(initParams(specs, 1));
      for (let t = 1; t <= 3; t += 1) await step.step(batch(t), { lr: 0.01, step: t });
    }
    for (const [name, value] of Object.entries(plain!.state())) {
      for (const step of [again!, eager]) expect(worstError(step.state()[name]!, value), name).toBeLessThan(1e-5);
    }
    const counts = [plain!, again!].map(({ graph }) => operatorsOf(graph.model)['Gelu'] ?? 0);
    expect(counts).toEqual([DEPTH, 2 * DEPTH]);
    await Promise.all([plain!.release(), again!.release()]);
  });

  it('is not undone by the search of the runtime for equal nodes', async () => {
    const step = await compileTrainStep(stepOptions(true));
    const folder = await mkdtemp(join(tmpdir(), 'sim4seg-recompute-'));
    const optimizedModelFilePath = join(folder, 'optimised.onnx');
    const { InferenceSession } = await loadOrt();
    const session = await InferenceSession.create(step.graph.model, {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
      logSeverityLevel: 3,
    });
    const operators = operatorsOf(new Uint8Array(await readFile(optimizedModelFilePath)));
    const activations = Object.entries(operators).filter(([op]) => op.includes('Gelu'));
    expect(activations.reduce((sum, [, count]) => sum + count, 0)).toBe(2 * DEPTH);
    await Promise.all([session.release(), step.release(), rm(folder, { recursive: true })]);
  });

  it('computes gradients only for what is trained', async () => {
    const only = await compileTrainStep({ ...stepOptions(true), trainable: ['^3'] });
    const all = await compileTrainStep(stepOptions(true));
    expect(only.moving).toEqual(['3.up', '3.down']);
    expect(operatorsOf(only.graph.model)['Gelu']).toBe(DEPTH + 1);
    expect(nodeCountOf(only.graph.model)).toBeLessThan(nodeCountOf(all.graph.model) / 2);
    await Promise.all([only.release(), all.release()]);
  });
});
