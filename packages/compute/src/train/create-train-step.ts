import type { TrainStep } from './contract.js';
import { EagerStep } from './eager-step.js';
import { planStep } from './step-graph.js';
import { resolveStep } from './step-options.js';
import type { ProgramStepOptions, TrainStepOptions } from './step-options.js';
import { compileTrainStep } from './train-step.js';

/** What executes a training step: ONNX Runtime, or a back end of tfjs operation by operation. */
export type StepEngine =
  | { readonly engine?: 'ort' }
  | {
      readonly engine: 'eager';
      /** 'cpu' (default) and 'wasm' are loaded here; others must be registered by the caller. */
      readonly backend?: string;
    };

/**
 * A training step on the engine of choice. Both engines hold the same state under the same names and agree to
 * rounding; the eager one exists for back ends that only tfjs reaches and for machines without ONNX Runtime.
 * @throws PROGRAM_INVALID, TRACE_UNSUPPORTED, TRACE_READS_DATA for a loss that cannot be differentiated on both engines
 * @throws ENGINE_MISSING without onnxruntime-node, or for an unknown back end (then when it first runs)
 */
export async function createTrainStep<P extends string, I extends string, O extends string, T extends string = never>(
  options: ProgramStepOptions<P, I, O, T> & StepEngine,
): Promise<TrainStep>;
export async function createTrainStep(
  options: (TrainStepOptions | ProgramStepOptions) & StepEngine,
): Promise<TrainStep>;
export async function createTrainStep(
  options: (TrainStepOptions | ProgramStepOptions) & StepEngine,
): Promise<TrainStep> {
  if (options.engine !== 'eager') return compileTrainStep(options);
  const resolved = resolveStep(options);
  return new EagerStep(resolved, planStep(resolved).moving, options.backend ?? 'cpu');
}
