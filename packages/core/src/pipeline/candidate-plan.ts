/** Which prior variant and which decoder output one of the n masks of a path comes from. */
export interface PlannedMask {
  readonly variant: number;
  readonly decoderMask: number;
}

/**
 * Where the n masks of a path come from. Variants of the prior and outputs of the decoder differ in different ways, so
 * the plan walks both by rising sum: (0, 0), (1, 0), (0, 1), (2, 0), ... The first is always the configured prior with
 * the decoder's single-mask answer, so that raising n never changes the masks before.
 */
export function planMasks(masks: number, decoderMasks: number): PlannedMask[] {
  const plan: PlannedMask[] = [];
  for (let sum = 0; plan.length < masks; sum++) {
    for (let decoderMask = 0; decoderMask <= Math.min(sum, decoderMasks - 1); decoderMask++) {
      if (plan.length < masks) plan.push({ variant: sum - decoderMask, decoderMask });
    }
  }
  return plan;
}
