import { createRandom } from '@sim4seg/core';
import type { RandomSource } from '@sim4seg/core';
import type { FrameSet } from './load-frames.js';
import type { TrainingFrame } from './training-frame.js';

/** Where a draw stands in the run; together with the seed it decides everything about the draw. */
export interface DrawPlace {
  readonly seed: number;
  readonly phase: string;
  readonly step: number;
}

/** One slot of a batch: the frame and the chance that goes with it. */
export interface PlannedDraw {
  readonly frame: TrainingFrame;
  readonly random: RandomSource;
}

/**
 * Plans a batch: frame sets by weight (systematic sampling, so that shares hold in every batch), frames at random.
 * A function of (seed, phase, step, slot) alone: timing and earlier batches play no part.
 */
export function planBatch(
  sets: readonly FrameSet[],
  { slots, balanceTargets }: { readonly slots: number; readonly balanceTargets: boolean },
  { seed, phase, step }: DrawPlace,
): PlannedDraw[] {
  const random = createRandom(seed).fork(phase).fork(step);
  const offset = random.fork('offset').uniform();
  return Array.from({ length: slots }, (_, slot) => {
    const own = random.fork(slot);
    const set = setAt(sets, (slot + offset) / slots);
    return { frame: pickFrame(set, own.fork('frame'), balanceTargets), random: own };
  });
}

/** The set at a position 0 <= u < 1 of the cumulative weights. */
function setAt(sets: readonly FrameSet[], u: number): FrameSet {
  const total = sets.reduce((sum, { weight }) => sum + weight, 0);
  let rest = u * total;
  for (const set of sets) {
    if (rest < set.weight) return set;
    rest -= set.weight;
  }
  return sets[sets.length - 1] as FrameSet;
}

function pickFrame(
  { present, absent, absentShare }: FrameSet,
  random: RandomSource,
  balanceTargets: boolean,
): TrainingFrame {
  const all = present.length + absent.length;
  const share = absentShare ?? absent.length / all;
  const group = absent.length > 0 && (present.length === 0 || random.uniform() < share) ? absent : present;
  if (!balanceTargets) return random.pick(group);
  const target = random.pick([...new Set(group.map(({ subject }) => subject.target))]);
  return random.pick(group.filter(({ subject }) => subject.target === target));
}
