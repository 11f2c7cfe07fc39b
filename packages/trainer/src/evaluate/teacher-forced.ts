import { createRandom } from '@sim4seg/core';
import { compile, defineProgram, symbolsIn } from '@sim4seg/compute';
import type { Specs, TensorValue } from '@sim4seg/compute';
import type { PhaseConfig, TrainingConfig } from '../config/training-schema.js';
import type { PhaseModel } from '../run/training-loop.js';
import { batchOfDraws } from '../samples/batch.js';
import type { Batch, BatchMaterial } from '../samples/batch.js';
import type { TrainingFrame } from '../samples/training-frame.js';
import { pickParams, planPhase } from '../step/phase-step.js';
import { inputValues, stepInputs } from '../step/step-inputs.js';
import { createStepLoss } from '../step/step-loss.js';

/** What the model is given and judged on where the true text stands before it. */
export interface TeacherForcedOptions {
  readonly model: PhaseModel;
  /** Index of the phase. */
  readonly phase: number;
  readonly training: TrainingConfig;
  readonly frames: readonly TrainingFrame[];
  readonly material: Pick<BatchMaterial, 'vocabulary' | 'frames'>;
}

/** Terms that every phase prompted by `seg` has. */
const TERMS = ['softIou', 'text'] as const;

/**
 * Means of a phase's loss terms over frames, without augmentation and without wrong questions, in whole batches; empty
 * where no frame asks for a target that the run knows. `softIou` in percent.
 */
export async function teacherForcedTerms(
  options: TeacherForcedOptions,
  params: Readonly<Record<string, TensorValue>>,
): Promise<Record<string, number>> {
  const { model, training } = options;
  const phase = quiet(training.phases[options.phase] as PhaseConfig);
  const batches = evaluationBatches(options, phase);
  if (batches.length === 0) return {};
  const plan = planPhase(model.parts, model.specs, phase);
  const declared = stepInputs(model.parts, phase, { sizes: model.sizes, length: training.length });
  const run = createStepLoss(model.parts, phase, { features: model.sizes.features });
  const outputs = { softIou: [], text: [] };
  const named = { name: `teacher-forced-${phase.name}`, params: plan.params, inputs: declared, outputs };
  const program = defineProgram({
    ...named,
    run: (weights, inputs) => pickTerms(run(weights, inputs)),
  });
  const dims = { images: phase.images, conversations: phase.conversations, length: training.length, n: phase.images };
  const used = symbolsOf(declared);
  const bound = Object.fromEntries(Object.entries(dims).filter(([symbol]) => used.has(symbol)));
  await using session = await compile(program, { dims: bound, threads: training.threads });
  const own = pickParams(plan, params);
  const sums: Record<string, number> = {};
  for (const batch of batches) {
    const { length } = training;
    const inputs = inputValues(model.parts, batch, { declared, length, conversations: phase.conversations });
    const terms = await session.run(own, inputs);
    for (const name of TERMS) sums[name] = (sums[name] ?? 0) + Number(terms[name].data[0]) / batches.length;
  }
  return { ...sums, softIou: 100 * (sums['softIou'] ?? 0) };
}

function symbolsOf(inputs: Specs): Set<string> {
  return new Set(Object.values(inputs).flatMap(({ dims }) => dims.flatMap((dim) => symbolsIn(dim))));
}

function pickTerms<T>(terms: Readonly<Record<string, T>>): { softIou: T; text: T } {
  return { softIou: terms['softIou'] as T, text: terms['text'] as T };
}

function quiet({ cachedFeatures: _cached, ...phase }: PhaseConfig): PhaseConfig {
  return { ...phase, augmentation: 'none', wrongTarget: 0 };
}

/** Whole batches over the frames in their order; the first frames fill up a last one that stands alone. */
function evaluationBatches({ frames, material, training, ...at }: TeacherForcedOptions, phase: PhaseConfig): Batch[] {
  const known = frames.filter(({ subject }) => material.vocabulary.targets.includes(subject.target));
  if (known.length === 0) return [];
  const count = Math.max(1, Math.floor(known.length / phase.images));
  const random = createRandom(0).fork('teacher-forced');
  return Array.from({ length: count }, (_, i) => {
    const draws = Array.from({ length: phase.images }, (_slot, slot) => {
      const index = i * phase.images + slot;
      return { frame: known[index % known.length] as TrainingFrame, random: random.fork(index) };
    });
    return batchOfDraws(draws, { ...material, training }, { phase, index: at.phase });
  });
}
