import { Sim4SegError } from '@sim4seg/core';
import type { TrainingConfig } from './config/training-schema.js';
import { createEvaluationRounds } from './evaluate/evaluation-rounds.js';
import type { EvaluationRounds, EvaluationRoundsOptions, ProductOpener } from './evaluate/evaluation-rounds.js';
import { teacherForcedTerms } from './evaluate/teacher-forced.js';
import type { PhaseModel } from './run/training-loop.js';
import { loadEvaluationFrames } from './samples/load-frames.js';
import type { DataSummary } from './samples/sample-vocabulary.js';
import type { TrainingFrame } from './samples/training-frame.js';

export interface OpenRoundsOptions extends Omit<EvaluationRoundsOptions, 'config' | 'openProduct' | 'teacherForced'> {
  readonly models: readonly PhaseModel[];
  readonly training: TrainingConfig;
  readonly summary: DataSummary;
  readonly openProduct: ProductOpener | undefined;
}

/** Evaluations as the config asks for them; null where it asks for none. @throws CONFIG_INVALID */
export function openRounds(options: OpenRoundsOptions): EvaluationRounds | null {
  const { training, openProduct } = options;
  const config = training.evaluation;
  if (!config) return null;
  if (!openProduct) {
    throw new Sim4SegError('CONFIG_INVALID', {
      must: 'training.evaluation needs the product that answers',
      got: 'a caller that gives none',
      fix: 'Train with the command sim4seg train, pass openProduct, or leave training.evaluation out',
    });
  }
  return createEvaluationRounds({ ...options, config, openProduct, teacherForced: teacherForcing(options, config) });
}

/** Frames are read once, when they are first needed, at the largest side of all phases. */
function teacherForcing(
  { models, training, summary }: OpenRoundsOptions,
  { cases, split, most }: NonNullable<TrainingConfig['evaluation']>,
): EvaluationRoundsOptions['teacherForced'] {
  const frames = models.map(({ sizes: { sidePx, gridSide } }) => ({ sidePx, gridSide }));
  const sidePx = Math.max(...frames.map((frame) => frame.sidePx));
  const material = { frames, vocabulary: summary.vocabulary };
  let loaded: Promise<TrainingFrame[]> | null = null;
  return async (phase, params) => {
    loaded ??= loadEvaluationFrames(cases, { split, most, sidePx });
    const model = models[phase] as PhaseModel;
    return teacherForcedTerms({ model, phase, training, frames: await loaded, material }, params);
  };
}
