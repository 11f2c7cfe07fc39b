import { createTrainStep, engineOptions } from '@sim4seg/compute';
import type { ParamSpec, Specs, TensorValue, TrainStep } from '@sim4seg/compute';
import type { EngineConfig } from '@sim4seg/core';
import type { PhaseConfig, TrainingConfig } from '../config/training-schema.js';
import { AUX_PREFIX } from './aux-params.js';
import { isTrainable, roleOf } from './parts.js';
import type { Parts } from './parts.js';
import { stepInputs } from './step-inputs.js';
import type { ModelSizes } from './model-sizes.js';
import { createStepLoss } from './step-loss.js';

/** What of the whole model one phase runs and what of it moves. */
export interface PhasePlan {
  /** Parameters that the phase's graph reads. */
  readonly params: Specs<ParamSpec>;
  readonly trains: (name: string) => boolean;
}

/** The trainer's own parameters that have a use in a phase. */
function auxNames({ conversations, prompt, losses }: PhaseConfig): string[] {
  const spoken = conversations > 0;
  const head = spoken ? 'token_diagnosis' : 'diagnosis';
  return [
    ...(spoken ? [] : ['token_projection.weight', 'token_projection.bias']),
    ...(!spoken || prompt !== 'none' || losses.distill > 0 ? ['target_embedding'] : []),
    ...(losses.diagnosis > 0 ? [`${head}.weight`, `${head}.bias`] : []),
    'prior.log_scale',
    'prior.bias',
  ].map((name) => `${AUX_PREFIX}${name}`);
}

/** Chooses parameters: parts that the phase does not run stay out of its graph. */
export function planPhase(parts: Parts, specs: Specs<ParamSpec>, phase: PhaseConfig): PhasePlan {
  const aux = new Set(auxNames(phase));
  const runs = (name: string): boolean => {
    const role = roleOf(parts, name);
    if (role === 'aux') return aux.has(name);
    if (role === 'lvlm') return phase.conversations > 0;
    return role === 'imageEncoder' ? !phase.cachedFeatures : phase.prompt !== 'none';
  };
  // A table that only serves as a fixed goal has no gradient, nor has what only a loss of weight 0 reads.
  const fixed = new Set([
    ...(phase.conversations > 0 && phase.prompt === 'none' ? [`${AUX_PREFIX}target_embedding`] : []),
    ...(phase.losses.prior === 0 ? [`${AUX_PREFIX}prior.log_scale`, `${AUX_PREFIX}prior.bias`] : []),
  ]);
  const trained = new Set<string>(phase.train);
  const isChosen = (name: string): boolean => {
    const role = roleOf(parts, name);
    if (role === 'aux' || role === 'regionPrior') return true;
    const own = name.slice(parts[role].id.length + 1);
    return phase.only?.[role]?.some((pattern) => new RegExp(pattern).test(own)) ?? true;
  };
  return {
    params: Object.fromEntries(Object.entries(specs).filter(([name]) => runs(name))),
    trains: (name) =>
      !fixed.has(name) && trained.has(roleOf(parts, name)) && isTrainable(parts, name) && isChosen(name),
  };
}

export interface PhaseStepOptions {
  readonly parts: Parts;
  readonly specs: Specs<ParamSpec>;
  readonly sizes: ModelSizes;
  readonly phase: PhaseConfig;
  readonly training: TrainingConfig;
  /** What executes the step; ONNX Runtime's cpu if left out. */
  readonly engine?: EngineConfig | undefined;
}

const DEFAULT_ENGINE: EngineConfig = { use: 'ort', providers: ['cpu'] };

/** The training step of a phase on the engine of the config: traced and compiled, or operation by operation. */
export async function compilePhase(options: PhaseStepOptions): Promise<TrainStep> {
  const { parts, specs, sizes, phase, training, engine = DEFAULT_ENGINE } = options;
  const plan = planPhase(parts, specs, phase);
  const { clip, ...adamw } = training.optimizer;
  return createTrainStep({
    ...(await engineOptions(engine)),
    name: `train-${phase.name}`,
    params: plan.params,
    inputs: stepInputs(parts, phase, { sizes, length: training.length }),
    loss: createStepLoss(parts, phase, { features: sizes.features }),
    trainable: plan.trains,
    weightDecay: (name) => (plan.params[name]?.dims.length ?? 0) >= 2,
    learningRateScale: (name) => phase.lrScale[roleScale(parts, name)] ?? 1,
    optimizer: { kind: 'adamw', ...adamw },
    clip,
    accumulate: phase.accumulate ?? 1,
    dims: { images: phase.images, conversations: phase.conversations, length: training.length, n: phase.images },
    threads: training.threads,
    // A prompt encoder also holds embeddings for kinds of prompts that training does not give.
    allowUnused: true,
  });
}

function roleScale(parts: Parts, name: string): keyof PhaseConfig['lrScale'] {
  const role = roleOf(parts, name);
  return role === 'regionPrior' ? 'aux' : role;
}

/** The parameters of the phase out of those of the whole model. */
export function pickParams(plan: PhasePlan, all: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> {
  return Object.fromEntries(Object.keys(plan.params).map((name) => [name, all[name] as TensorValue]));
}
