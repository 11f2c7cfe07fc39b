import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import { toSpecs } from '../program.js';
import type { LooseSpec, Named, ParamSpec, Program, Specs, Tensors, TensorSpec } from '../program.js';
import type { OrtSessionOptions } from '../session/ort-session.js';
import type { Dims } from '../trace/trace.js';
import type { AdamwOptions } from './adamw.js';

/** A scalar loss, and further scalars that are only reported. */
export type LossTerms = { readonly loss: Tensor } & Readonly<Record<string, Tensor>>;

export type Loss = (params: Tensors, inputs: Tensors) => LossTerms;

/** Which parameters move: a test on names, or regular expressions of which one has to match. */
export type ParamFilter = ((name: string) => boolean) | readonly string[];

interface StepSettings {
  readonly optimizer: AdamwOptions;
  /** Largest global norm of the gradients; Infinity (the default) leaves them as they are. */
  readonly clip?: number;
  /** Batches whose mean gradient makes one update; 1 by default. Memory is that of one batch. */
  readonly accumulate?: number;
  /** Which parameters decay; none by default. */
  readonly weightDecay?: (name: string) => boolean;
  readonly learningRateScale?: (name: string) => number;
  readonly dims?: Dims;
  readonly threads?: number;
  /** Settings of the runtime beside `threads`. */
  readonly session?: OrtSessionOptions;
  /** Parameters that the loss does not reach are left as they are instead of refused. */
  readonly allowUnused?: boolean;
}

/** A training step of declared parameters and inputs. */
export interface TrainStepOptions extends StepSettings {
  readonly name: string;
  readonly params: Specs<ParamSpec>;
  readonly inputs: Specs;
  readonly loss: Loss;
  readonly trainable: ParamFilter;
}

/** A training step of a program whose parameters, inputs and outputs are named `P`, `I` and `O`. */
export interface ProgramStepOptions<
  P extends string = string,
  I extends string = string,
  O extends string = string,
  T extends string = string,
> extends StepSettings {
  readonly program: Program<P, I, O>;
  /** What only the loss reads, such as labels; it is fed beside the program's inputs. */
  readonly targets?: Readonly<Record<T, LooseSpec<TensorSpec>>>;
  /** A scalar, or a scalar `loss` among others that are only reported. */
  loss(outputs: Named<NoInfer<O>>, inputs: Named<NoInfer<I | T>>, params: Named<NoInfer<P>>): Tensor | LossTerms;
  /** All parameters by default. */
  readonly trainable?: ParamFilter;
}

/** Loss of a program: a scalar, or a scalar `loss` among others that are only reported. */
export type ProgramLoss = ProgramStepOptions['loss'];

/** The options with every default in its place. */
export interface ResolvedStep {
  readonly name: string;
  readonly params: Specs<ParamSpec>;
  readonly inputs: Specs;
  readonly loss: Loss;
  readonly optimizer: AdamwOptions;
  readonly clip: number;
  readonly accumulate: number;
  readonly dims: Dims;
  readonly allowUnused: boolean;
  readonly session: OrtSessionOptions;
  trains(name: string): boolean;
  decays(name: string): boolean;
  rateScale(name: string): number;
}

function toTest(filter: ParamFilter): (name: string) => boolean {
  if (typeof filter === 'function') return filter;
  const patterns = filter.map((pattern) => new RegExp(pattern));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function declaredBy(options: ProgramStepOptions): Pick<TrainStepOptions, 'name' | 'params' | 'inputs' | 'loss'> {
  const { program, targets = {} } = options;
  return {
    name: program.name,
    params: program.params,
    inputs: { ...program.inputs, ...toSpecs(`${program.name}.targets`, targets) },
    loss: (params, inputs) => {
      const result = options.loss(program.run(params, inputs), inputs, params);
      return 'dataId' in result ? { loss: result as Tensor } : (result as LossTerms);
    },
  };
}

function expectSettings(name: string, { accumulate = 1, clip = Infinity, optimizer }: StepSettings): void {
  const { beta1, beta2, eps } = optimizer;
  const fits = Number.isInteger(accumulate) && accumulate >= 1 && clip > 0 && eps >= 0;
  if (fits && [beta1, beta2].every((beta) => beta >= 0 && beta < 1)) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `${name} accumulates a whole number of batches, clips at more than 0, and has betas from 0 to below 1`,
    got: `accumulate ${accumulate}, clip ${clip}, betas ${beta1} and ${beta2}, eps ${eps}`,
    fix: 'correct these settings; leave clip out, or pass Infinity, to clip nothing',
  });
}

/**
 * A step makes thousands of buffers of all sizes, each of a short life. The runtime's arena doubles what it holds and
 * its memory pattern takes all places of a run as one piece: together they needed 1.6 times the memory of plain
 * allocation, and were no faster where the process keeps freed memory (MALLOC_TRIM_THRESHOLD_, as the trainer sets it).
 */
const STEP_SESSION: OrtSessionOptions = { enableCpuMemArena: false, enableMemPattern: false };

/** @throws PROGRAM_INVALID for settings that make no sense */
export function resolveStep(options: TrainStepOptions | ProgramStepOptions): ResolvedStep {
  const declared = 'program' in options ? declaredBy(options) : options;
  expectSettings(declared.name, options);
  return {
    name: declared.name,
    params: declared.params,
    inputs: declared.inputs,
    loss: declared.loss,
    optimizer: options.optimizer,
    clip: options.clip ?? Infinity,
    accumulate: options.accumulate ?? 1,
    dims: options.dims ?? {},
    allowUnused: options.allowUnused ?? false,
    session: {
      ...STEP_SESSION,
      ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
      ...options.session,
    },
    trains: toTest(options.trainable ?? (() => true)),
    decays: options.weightDecay ?? (() => false),
    rateScale: options.learningRateScale ?? (() => 1),
  };
}
