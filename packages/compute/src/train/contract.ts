import type { TensorValues } from '../program/compile.js';
import type { TensorValue } from '../tensor-value.js';

export interface StepSchedule {
  readonly lr: number;
  /** Counts from 1; the bias corrections of the moments depend on it. */
  readonly step: number;
}

/** What a step reports: `loss`, `gradNorm` (before clipping) and the other scalars of the loss. */
export type StepNumbers = { readonly loss: number; readonly gradNorm: number } & Readonly<Record<string, number>>;

/** A training step with its state: parameters, and the moments of those that move. */
export interface TrainStep {
  readonly name: string;
  /** Names of the parameters that move. */
  readonly moving: readonly string[];
  /** Takes copies of the parameters and begins with zero moments. @throws SHAPE_MISMATCH */
  init(params: TensorValues): void;
  /**
   * One update. Takes one batch, or as many as the step accumulates; the gradient is then the mean over them. Returns
   * `loss`, `gradNorm` (before clipping) and the other scalars of the loss, each the mean over the batches. Where the
   * loss or the norm is not finite the state stays as it was, and the numbers say so.
   * @throws SHAPE_MISMATCH for inputs that do not fit; ENGINE_FAILED
   */
  step(inputs: TensorValues | readonly TensorValues[], schedule: StepSchedule): Promise<StepNumbers>;
  /** Copies of all parameters, by their names in the program. */
  params(): Record<string, TensorValue>;
  /** Live views: `param/<name>`, and `m/<name>`, `v/<name>` of what moves. */
  state(): Record<string, TensorValue>;
  /** Overwrites the state with copies; what `state` does not name is kept. @throws SHAPE_MISMATCH */
  load(state: TensorValues): void;
  release(): Promise<void>;
}
