import type { AdamwOptions } from './adamw.js';

export interface EagerMoments {
  readonly param: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export interface EagerUpdate {
  readonly lr: number;
  /** Counts from 1. */
  readonly step: number;
  /** Factor on the gradient, from clipping. */
  readonly factor: number;
  readonly decays: boolean;
  readonly options: AdamwOptions;
}

/**
 * AdamW on plain arrays, in place: what `recordAdamw` writes as a graph, in double precision.
 * @source torch/optim/adamw.py, _single_tensor_adamw
 */
export function applyAdamw({ param, m, v }: EagerMoments, gradient: ArrayLike<number>, update: EagerUpdate): void {
  const { lr, step, factor, decays, options } = update;
  const { beta1, beta2, eps, weightDecay } = options;
  const kept = decays ? 1 - lr * weightDecay : 1;
  const rate = lr / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < param.length; i += 1) {
    const g = gradient[i]! * factor;
    const first = beta1 * m[i]! + (1 - beta1) * g;
    const second = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = first;
    v[i] = second;
    param[i] = param[i]! * kept - (rate * first) / (Math.sqrt(second) * correction + eps);
  }
}

/** The norm over all gradients together. */
export function globalNorm(gradients: Iterable<ArrayLike<number>>): number {
  let total = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i += 1) total += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(total);
}
