import { Sim4SegError } from '@sim4seg/core';
import type { EngineConfig } from '@sim4seg/core';
import { z } from 'zod';
import { withOfficialPreset } from './official-preset.js';
import { trainingDatasetSchema, trainingSchema } from './training-schema.js';
import type { TrainingConfig, TrainingDataset } from './training-schema.js';

/** A part as the config names it: a plugin id and its options. */
export interface PartChoice {
  readonly use: string;
  readonly [option: string]: unknown;
}

/** The keys of the config tree that training reads. */
export interface TrainConfig {
  readonly lvlm: PartChoice;
  readonly regionPrior: PartChoice;
  readonly imageEncoder: PartChoice;
  readonly promptEncoder: PartChoice;
  readonly maskDecoder: PartChoice;
  readonly datasets: readonly unknown[];
  readonly seed: number;
  readonly training: unknown;
  /** What computes; ONNX Runtime's cpu if left out. */
  readonly engine?: EngineConfig;
}

/** Validated form of what training reads of the tree. */
export interface ResolvedTraining {
  readonly training: TrainingConfig;
  readonly datasets: readonly TrainingDataset[];
}

/**
 * Completes and validates `training` and `datasets` of the config tree.
 * @throws CONFIG_INVALID with the path and the value
 */
export function resolveTraining(config: Pick<TrainConfig, 'training' | 'datasets'>): ResolvedTraining {
  const training = parseAt('training', trainingSchema, withPreset(config.training));
  const datasets = parseAt('datasets', z.array(trainingDatasetSchema).min(1), config.datasets);
  const needsText = training.phases.find(({ prompt, conversations }) => prompt === 'seg' && conversations === 0);
  if (needsText) {
    throw invalid(
      `training.phases (${needsText.name})`,
      'prompt "seg" with 0 conversations',
      'give conversations: 1 or more',
    );
  }
  const moving = training.phases.find(
    ({ cachedFeatures, augmentation, train }) =>
      cachedFeatures && (augmentation !== 'none' || train.includes('imageEncoder')),
  );
  if (moving) {
    throw invalid(
      `training.phases (${moving.name})`,
      'cachedFeatures with images or an encoder that change',
      'set augmentation: none and leave imageEncoder out of train',
    );
  }
  const uneven = training.phases.find(({ weights }) => weights && weights.length !== datasets.length);
  if (uneven) {
    throw invalid(
      `training.phases (${uneven.name})`,
      `${uneven.weights?.length} weights`,
      `give ${datasets.length}, one a dataset`,
    );
  }
  return { training, datasets };
}

function withPreset(training: unknown): unknown {
  const isOfficial = typeof training === 'object' && training !== null && 'preset' in training;
  return isOfficial && training.preset === 'official' ? withOfficialPreset({ ...training }) : training;
}

function parseAt<T>(key: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [key, ...(issue?.path ?? [])].join('.');
  throw invalid(path, issue?.message ?? 'unreadable', 'see the training chapter of the documentation', result.error);
}

function invalid(path: string, got: string, fix: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('CONFIG_INVALID', {
    must: `"${path}" must fit the form of a training config`,
    got,
    fix,
    cause,
  });
}
