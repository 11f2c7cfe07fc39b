import type { TrainingConfig, TrainingDataset } from '../config/training-schema.js';
import { makeBatch } from './batch.js';
import type { Batch, PhaseFrame } from './batch.js';
import { loadFrameSets } from './load-frames.js';
import { summariseFrames } from './sample-vocabulary.js';
import type { DataSummary } from './sample-vocabulary.js';

/** Where a batch stands in the run; `step` counts batches, of which a step of the optimiser may take several. */
export interface BatchPlace {
  readonly phase: number;
  readonly step: number;
}

/** Gives the batch of any place; the same place always gives the same batch. */
export interface BatchSource {
  readonly summary: DataSummary;
  get(place: BatchPlace): Promise<Batch>;
  close(): Promise<void>;
}

export interface BatchSourceOptions {
  readonly datasets: readonly TrainingDataset[];
  /** Model frame and token grid of each phase. */
  readonly frames: readonly PhaseFrame[];
  /** Where prepared images are kept for a resumed run; nowhere if left out. */
  readonly frameFile?: string;
  readonly seed: number;
  readonly training: Pick<TrainingConfig, 'phases' | 'order' | 'content' | 'textWeights'>;
}

/** Loads the data and makes batches in this thread. */
export async function createBatchSource(options: BatchSourceOptions): Promise<BatchSource> {
  const sets = await loadFrameSets(options.datasets, {
    sidePx: Math.max(...options.frames.map(({ sidePx }) => sidePx)),
    file: options.frameFile ?? null,
  });
  const summary = summariseFrames(sets);
  const material = { ...options, sets, vocabulary: summary.vocabulary };
  return { summary, get: async (place) => makeBatch(material, place), close: async () => {} };
}

/** How many batches a phase has: `accumulate` a step. */
export interface BatchCount {
  readonly steps: number;
  readonly accumulate?: number | undefined;
}

/** The place after `place`, or null at the end of the run. */
export function nextPlace(place: BatchPlace, phases: readonly BatchCount[]): BatchPlace | null {
  const { steps = 0, accumulate = 1 } = phases[place.phase] ?? {};
  if (place.step + 1 < steps * accumulate) return { phase: place.phase, step: place.step + 1 };
  return place.phase + 1 < phases.length ? { phase: place.phase + 1, step: 0 } : null;
}

/**
 * Prepares batches ahead of their use, so that a step never waits for one. Places must be asked for in order; a jump
 * (resume) only loses what was prepared.
 */
export function prefetching(source: BatchSource, phases: readonly BatchCount[], ahead = 2): BatchSource {
  const pending = new Map<string, Promise<Batch>>();
  const key = ({ phase, step }: BatchPlace): string => `${phase}:${step}`;
  const request = (place: BatchPlace): Promise<Batch> => {
    const known = pending.get(key(place));
    if (known) return known;
    const made = source.get(place);
    // A failure is reported when the batch is taken, not before.
    made.catch(() => {});
    pending.set(key(place), made);
    return made;
  };
  return {
    summary: source.summary,
    close: () => source.close(),
    get: (place) => {
      const wanted = request(place);
      pending.delete(key(place));
      let following = nextPlace(place, phases);
      for (let i = 0; i < ahead && following; i++) {
        void request(following);
        following = nextPlace(following, phases);
      }
      return wanted;
    },
  };
}
