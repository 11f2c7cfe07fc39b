import { engine, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { tfjsType } from '../src/kernel/tfjs-type.js';
import { compile } from '../src/program/compile.js';
import type { TensorValues } from '../src/program/compile.js';
import { runEager } from '../src/program/run-eager.js';
import { defineProgram } from '../src/program.js';
import type { Program, TensorSpec } from '../src/program.js';
import * as ops from '../src/ops/index.js';
import type { TensorValue } from '../src/tensor-value.js';

/** Deterministic numbers in (-1, 1), away from 0 so that kinks and poles are not hit. */
export function someValue(shape: readonly number[], seed = 1, scale = 1): TensorValue {
  let state = (seed * 2654435761) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, () => {
    const x = 2 * next() - 1;
    return scale * (x + Math.sign(x) * 0.05);
  });
  return { data, shape: [...shape], dtype: 'float32' };
}

export function intValue(values: readonly number[], shape: readonly number[] = [values.length]): TensorValue {
  return { data: Int32Array.from(values), shape: [...shape], dtype: 'int32' };
}

/** Largest difference, relative to the largest reference entry above 1. */
export function worstError(actual: TensorValue, expected: TensorValue): number {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  let worst = 0;
  for (let i = 0; i < expected.data.length; i += 1) {
    const [a, e] = [Number(actual.data[i]), Number(expected.data[i])];
    const error = Math.abs(a - e) / Math.max(1, Math.abs(e));
    worst = Number.isNaN(error) ? (Number.isNaN(a) && Number.isNaN(e) ? worst : Infinity) : Math.max(worst, error);
  }
  return worst;
}

export type Build = (x: Record<string, Tensor>) => Tensor;

const specOf = ({ shape, dtype }: TensorValue): TensorSpec => ({ dims: shape, dtype });

function specsOf(values: TensorValues): Record<string, TensorSpec> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, specOf(value)]));
}

async function outputSpec(build: Build, inputs: TensorValues): Promise<TensorSpec> {
  await runEager(
    defineProgram({ name: 'warm', inputs: {}, outputs: { y: [] }, run: () => ({ y: ops.scalar(0) }) }),
    {},
    {},
  );
  return tidy(() => {
    const tensors = Object.entries(inputs).map(
      ([name, v]) =>
        [name, engine().makeTensor(v.data.slice() as Float32Array, [...v.shape], tfjsType(v.dtype)) as Tensor] as const,
    );
    const y = build(Object.fromEntries(tensors));
    return { dims: [...y.shape], dtype: y.dtype as 'float32' };
  });
}

/** The sum of squares weighted by fixed numbers: a loss that reaches every entry with another weight. */
function probe(y: Tensor): Tensor {
  const weights = ops.tensor(someValue(y.shape, 99).data as Float32Array, y.shape);
  return ops.sum(ops.mul(ops.add(y, 0.5), weights));
}

/** Output and gradients by every float input, as a program of its own. */
export async function gradientProgram(build: Build, inputs: TensorValues): Promise<Program> {
  const floats = Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32');
  const y = await outputSpec(build, inputs);
  const gradients = Object.fromEntries(floats.map((name) => [`d_${name}`, specOf(inputs[name]!)]));
  return defineProgram({
    name: 'probe',
    inputs: specsOf(inputs),
    outputs: { y, ...gradients },
    run: (_params, x) => {
      const result: Record<string, Tensor> = { y: build(x) };
      const xs = floats.map((name) => x[name]!);
      if (xs.length === 0) return result;
      const { grads } = engine().gradients(() => probe(build(x)), xs, undefined, true);
      floats.forEach((name, i) => {
        result[`d_${name}`] = (grads[i] as Tensor | undefined) ?? ops.zeros(xs[i]!.shape);
      });
      return result;
    },
  });
}

/** Eager and compiled values and gradients agree. */
export async function expectAgreement(
  build: Build,
  inputs: TensorValues,
  tolerance = 2e-5,
): Promise<Record<string, TensorValue>> {
  const program = await gradientProgram(build, inputs);
  const eager = await runEager(program, {}, inputs);
  const session = await compile(program, {});
  const compiled = await session.run(inputs);
  await session.release();
  for (const name of Object.keys(eager)) {
    expect(worstError(compiled[name]!, eager[name]!), name).toBeLessThan(tolerance);
  }
  return eager;
}

async function probeLoss(build: Build, inputs: TensorValues): Promise<number> {
  const program = defineProgram({
    name: 'loss',
    inputs: specsOf(inputs),
    outputs: { loss: [] },
    run: (_params, x) => ({ loss: probe(build(x)) }),
  });
  return Number((await runEager(program, {}, inputs))['loss']!.data[0]);
}

/** Gradients against central differences at a few entries. */
export async function expectNumericGradient(
  build: Build,
  inputs: TensorValues,
  names: readonly string[],
  tolerance = 2e-2,
): Promise<void> {
  const eager = await runEager(await gradientProgram(build, inputs), {}, inputs);
  const step = 1e-2;
  for (const name of names) {
    const value = inputs[name]!;
    for (const i of [0, Math.floor(value.data.length / 2), value.data.length - 1]) {
      const moved = (delta: number): TensorValues => {
        const data = Float32Array.from(value.data);
        data[i]! += delta;
        return { ...inputs, [name]: { ...value, data } };
      };
      const slope = ((await probeLoss(build, moved(step))) - (await probeLoss(build, moved(-step)))) / (2 * step);
      const analytic = Number(eager[`d_${name}`]!.data[i]);
      expect(
        Math.abs(analytic - slope) / Math.max(1, Math.abs(slope)),
        `${name}[${i}] ${analytic} ${slope}`,
      ).toBeLessThan(tolerance);
    }
  }
}
