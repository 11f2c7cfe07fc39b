import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { nodeCountOf, operatorsOf } from '../../test-support/operators.js';
import * as ops from '../ops/index.js';
import { compile } from '../program/compile.js';
import { defineProgram } from '../program.js';
import { initParams } from '../program/params.js';
import { runEager } from '../program/run-eager.js';
import type { TensorValue } from '../tensor-value.js';
import { adamw } from '../train/adamw.js';
import { createTrainStep } from '../train/create-train-step.js';
import { compileTrainStep } from '../train/train-step.js';
import { loraPattern } from './adapters.js';
import { LinearLora } from './linear-lora.js';
import type { LinearLoraOptions } from './linear-lora.js';
import { mergeLora, unmergeLora } from './merge.js';
import { fromPeft, toPeft } from './peft.js';

const adapters = { first: { rank: 2, alpha: 8 }, second: { rank: 3, alpha: 3 } };
const sizes = { in: 6, out: 5, adapters, bias: true } as const;
const lora = (active: readonly string[], more: Partial<LinearLoraOptions> = {}) =>
  LinearLora({ ...sizes, active, ...more });

const plain = defineProgram({
  name: 'plain',
  params: { weight: [5, 6], bias: [5] },
  inputs: { x: ['rows', 6] },
  outputs: { y: ['rows', 5] },
  run: (p, { x }) => ({ y: ops.linear(x, p.weight, p.bias) }),
});

const specs = lora([]).params;
const lively = Object.fromEntries(
  Object.entries(specs).map(([name, { dims }], i) => [name, someValue(dims as number[], i + 1)] as const),
);
const x = someValue([4, 6], 50);
const valueOf = async (active: readonly string[], params = lively): Promise<TensorValue> =>
  (await runEager(lora(active), params, { x }))['y']!;

/** W x + b + alpha / rank B (A x), in double precision. */
function reference(active: readonly ('first' | 'second')[], mask?: TensorValue): TensorValue {
  const at = (name: string, r: number, c: number, columns: number): number => lively[name]!.data[r * columns + c]!;
  const data = new Float32Array(20);
  for (let row = 0; row < 4; row += 1) {
    for (let o = 0; o < 5; o += 1) {
      let y = lively['bias']!.data[o]!;
      for (let i = 0; i < 6; i += 1) y += at('weight', o, i, 6) * x.data[row * 6 + i]!;
      for (const name of active) {
        const { rank, alpha } = adapters[name];
        for (let r = 0; r < rank; r += 1) {
          let inner = 0;
          for (let i = 0; i < 6; i += 1) {
            inner += at(`lora_A.${name}.weight`, r, i, 6) * x.data[row * 6 + i]! * (mask?.data[row * 6 + i] ?? 1);
          }
          y += (alpha / rank) * at(`lora_B.${name}.weight`, o, r, rank) * inner;
        }
      }
      data[row * 5 + o] = y;
    }
  }
  return { data, shape: [4, 5], dtype: 'float32' };
}

describe('LinearLora', () => {
  it.each([[[]], [['first']], [['second']], [['first', 'second']]] as const)(
    'adds the active adapters %j',
    async (a) => {
      expect(worstError(await valueOf(a), reference(a))).toBeLessThan(1e-5);
      await using session = await compile(lora(a), { dims: { rows: 4 }, weights: lively });
      expect(worstError((await session.run({ x }))['y']!, reference(a))).toBeLessThan(1e-5);
    },
  );

  it('is the plain layer while an adapter is fresh', async () => {
    const fresh = initParams(specs, 3);
    const expected = (await runEager(plain, fresh, { x }))['y']!;
    expect(worstError(await valueOf(['first', 'second'], fresh), expected)).toBe(0);
    expect(fresh['lora_A.first.weight']!.data.some((value) => value !== 0)).toBe(true);
  });

  it('lets only the adapters see the dropout mask', async () => {
    const mask = { ...x, data: Float32Array.from(x.data, (_, i) => (i % 3 === 0 ? 0 : 1.5)) };
    const masked = lora(['first'], { dropout: true });
    const { y } = await runEager(masked, lively, { x, dropoutMask: mask });
    expect(worstError(y!, reference(['first'], mask))).toBeLessThan(1e-5);
  });

  it('refuses adapters that nobody declared, and ranks that are none', () => {
    expect(() => lora(['third'])).toThrow(/third/);
    expect(() => lora([], { adapters: { none: { rank: 0, alpha: 1 } } })).toThrow(/rank 0/);
    expect(() => mergeLora(lively, { adapters, adapter: 'third' })).toThrow(/third/);
  });
});

describe('merging', () => {
  it('gives a plain layer that answers as the adapted one, and is undone', async () => {
    for (const adapter of ['first', 'second']) {
      const merged = mergeLora(lively, { adapters, adapter });
      expect(worstError((await runEager(plain, merged, { x }))['y']!, await valueOf([adapter]))).toBeLessThan(1e-5);
      const back = unmergeLora(merged, { adapters, adapter });
      expect(worstError(back['weight']!, lively['weight']!)).toBeLessThan(1e-6);
      expect(merged['bias']).toBe(lively['bias']);
    }
  });

  it('finds layers by their prefix, and wants both matrices', () => {
    const deep = Object.fromEntries(Object.entries(lively).map(([name, value]) => [`a.q_proj.${name}`, value]));
    const merged = mergeLora(deep, { adapters, adapter: 'first' });
    const flat = mergeLora(lively, { adapters, adapter: 'first' });
    expect(merged['a.q_proj.weight']!.data).toEqual(flat['weight']!.data);
    const { 'a.q_proj.lora_B.first.weight': _left, ...rest } = deep;
    expect(() => mergeLora(rest, { adapters, adapter: 'first' })).toThrow(/nothing/);
  });
});

describe('training an adapter', () => {
  const options = {
    program: lora(['first']),
    loss: ({ y }: Record<string, Parameters<typeof ops.square>[0]>) => ops.mean(ops.square(y!)),
    optimizer: adamw(),
    trainable: [loraPattern('first')],
    dims: { rows: 4 },
  };

  it('moves its matrices alone, alike on both engines', async () => {
    const compiled = await compileTrainStep(options);
    const eager = await createTrainStep({ ...options, engine: 'eager' });
    expect(compiled.moving).toEqual(['lora_A.first.weight', 'lora_B.first.weight']);
    for (const step of [compiled, eager]) {
      step.init(lively);
      for (let t = 1; t <= 3; t += 1) await step.step({ x }, { lr: 0.01, step: t });
    }
    for (const [name, value] of Object.entries(eager.state())) {
      expect(worstError(compiled.state()[name]!, value), name).toBeLessThan(1e-5);
    }
    for (const name of ['weight', 'bias', 'lora_A.second.weight']) {
      expect(compiled.state()[`param/${name}`]!.data).toEqual(lively[name]!.data);
    }
    await compiled.release();
  });

  it('has no gradient nodes for the frozen layer', async () => {
    const adapterOnly = await compileTrainStep(options);
    const everything = await compileTrainStep({ ...options, trainable: () => true, allowUnused: true });
    const products = ({ graph }: typeof adapterOnly): number => operatorsOf(graph.model)['Gemm'] ?? 0;
    // Base and two adapter products forward; three back (both matrices, and what flows from B to A).
    expect(products(adapterOnly)).toBe(6);
    expect(products(everything)).toBe(7);
    expect(nodeCountOf(adapterOnly.graph.model)).toBeLessThan(nodeCountOf(everything.graph.model));
    await Promise.all([adapterOnly.release(), everything.release()]);
  });
});

it('names of PEFT files and parameters map onto each other', () => {
  const file = {
    'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight': 1,
    'base_model.model.lora_B.weight': 2,
  };
  const held = fromPeft({ ...file, 'base_model.model.other.weight': 3 }, 'tuned');
  expect(held).toEqual({ 'model.layers.0.self_attn.q_proj.lora_A.tuned.weight': 1, 'lora_B.tuned.weight': 2 });
  expect(toPeft({ ...held, 'lora_A.other.weight': 4, weight: 5 }, 'tuned')).toEqual(file);
});
