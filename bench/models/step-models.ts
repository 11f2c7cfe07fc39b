// The models whose training steps are timed, by name: program, loss and batches.
import { adamw, float32Value } from '@sim4seg/compute';
import type { ProgramStepOptions, TensorValue } from '@sim4seg/compute';
import { convLoss, convTargets, convTrunk } from './conv-trunk.js';
import { maskLoss, VIT_8M, vitSegmenter, vitTargets } from './vit.js';

export interface StepModel {
  readonly options: ProgramStepOptions;
  /** Values of a batch that no other seed gives. */
  batch(seed: number): Record<string, TensorValue>;
}

/** Rate of every step; both sides take it as it is. */
export const LR = 1e-4;

const shared = {
  optimizer: adamw({ weightDecay: 0.05, eps: 1e-6 }),
  weightDecay: (name: string) => name.endsWith('.weight') && !name.includes('norm'),
  clip: 1,
};

/** Smooth numbers of about unit size; blobs where `threshold` is given. */
function waves(shape: readonly number[], seed: number, threshold?: number): TensorValue {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, i) => {
    const x = Math.sin(i * 0.0137 + seed * 1.7) + Math.sin(i * 0.71 * (1 + (seed % 7) / 50) + seed);
    return threshold === undefined ? x : x > threshold ? 1 : 0;
  });
  return float32Value(data, shape);
}

function vit(batch: number, recompute: boolean): StepModel {
  const side = (4 * VIT_8M.imageSide) / VIT_8M.patch;
  const program = vitSegmenter(VIT_8M, { recompute });
  return {
    options: { ...shared, program, targets: vitTargets(VIT_8M), loss: maskLoss, dims: { batch } },
    batch: (seed) => ({
      image: waves([batch, 3, VIT_8M.imageSide, VIT_8M.imageSide], seed),
      prompts: waves([batch, 2, VIT_8M.promptWidth], seed + 1),
      mask: waves([batch, 1, side, side], seed + 2, 0.8),
    }),
  };
}

function conv(batch: number): StepModel {
  return {
    options: { ...shared, program: convTrunk(), targets: convTargets, loss: convLoss, dims: { batch } },
    batch: (seed) => ({
      pixels: waves([batch, 48, 64, 64], seed),
      mask: waves([batch, 1, 16, 16], seed + 1, 0.3),
    }),
  };
}

export interface ModelChoice {
  readonly model: 'vit' | 'conv';
  readonly batch: number;
  readonly recompute?: boolean;
}

export function stepModel({ model, batch, recompute = false }: ModelChoice): StepModel {
  return model === 'vit' ? vit(batch, recompute) : conv(batch);
}
