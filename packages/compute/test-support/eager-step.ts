import { engine } from '@tensorflow/tfjs-core';
import { ops } from '../src/index.js';
import { activateBackend } from '../src/program/run-eager.js';
import type { Tensors } from '../src/program.js';
import type { TensorValue } from '../src/tensor-value.js';
import type { TrainStepOptions } from '../src/train/step-graph.js';

type Values = Record<string, TensorValue>;

const toTensors = (values: Values): Tensors =>
  Object.fromEntries(Object.entries(values).map(([k, v]) => [k, ops.tensor(v.data, v.shape, v.dtype)]));

async function eagerGradients(options: TrainStepOptions, params: Values, inputs: Values): Promise<Float64Array[]> {
  await activateBackend('cpu');
  const [p, x] = [toTensors(params), toTensors(inputs)];
  const names = Object.keys(params).filter(options.trainable);
  const { grads } = engine().gradients(
    () => options.loss(p, x).loss,
    names.map((name) => p[name]!),
  );
  return grads.map((gradient) => Float64Array.from(gradient!.dataSync()));
}

/** Clipped AdamW in double precision on gradients of the eager engine; one instance holds one training. */
export class EagerStep {
  readonly #moments = new Map<string, { m: Float64Array; v: Float64Array }>();
  params: Values;

  constructor(
    readonly options: TrainStepOptions,
    start: Values,
  ) {
    this.params = { ...start };
  }

  async step(inputs: Values, { lr, step }: { lr: number; step: number }): Promise<number> {
    const gradients = await eagerGradients(this.options, this.params, inputs);
    const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
    const factor = Math.min(1, this.options.clip / (norm + 1e-6));
    const names = Object.keys(this.params).filter(this.options.trainable);
    names.forEach((name, i) =>
      this.#update(
        name,
        gradients[i]!.map((g) => g * factor),
        lr,
        step,
      ),
    );
    return norm;
  }

  #update(name: string, gradient: Float64Array, lr: number, step: number): void {
    const { beta1, beta2, eps, weightDecay } = this.options.optimizer;
    const n = gradient.length;
    const held = this.#moments.get(name) ?? { m: new Float64Array(n), v: new Float64Array(n) };
    this.#moments.set(name, held);
    const rate = lr * (this.options.learningRateScale?.(name) ?? 1);
    const kept = 1 - (this.options.weightDecay?.(name) ? rate * weightDecay : 0);
    const value = this.params[name]!;
    const data = Float32Array.from(value.data, (p, i) => {
      const g = gradient[i]!;
      const m = (held.m[i] = beta1 * held.m[i]! + (1 - beta1) * g);
      const v = (held.v[i] = beta2 * held.v[i]! + (1 - beta2) * g * g);
      return p * kept - (rate * m) / (1 - beta1 ** step) / (Math.sqrt(v / (1 - beta2 ** step)) + eps);
    });
    this.params = { ...this.params, [name]: { ...value, data } };
  }
}
