import type { Judgement } from '../evaluate/judgement.js';
import type { TrainedRow } from '../step/trained-table.js';

/** What a training run tells its observer. */
export type TrainingEvent =
  | { readonly type: 'started'; readonly frames: number; readonly totalSteps: number; readonly resumedAt: number }
  | { readonly type: 'phase'; readonly phase: string; readonly steps: number; readonly compileMs: number }
  | {
      readonly type: 'step';
      readonly phase: string;
      readonly step: number;
      readonly total: number;
      readonly totalSteps: number;
      readonly lr: number;
      /** Loss, its terms and the gradient norm before clipping. */
      readonly values: Readonly<Record<string, number>>;
      readonly imagesPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly type: 'trains'; readonly phase: string; readonly rows: readonly TrainedRow[] }
  | { readonly type: 'evaluation'; readonly total: number; readonly phase: string; readonly judged: Judgement }
  | { readonly type: 'stopped-early'; readonly total: number; readonly phase: string }
  | { readonly type: 'checkpoint'; readonly total: number; readonly sha256: string }
  | { readonly type: 'damaged-checkpoint'; readonly message: string }
  | { readonly type: 'bundle'; readonly folder: string }
  | { readonly type: 'final'; readonly sha256: string };

export type TrainingObserver = (event: TrainingEvent) => void;
