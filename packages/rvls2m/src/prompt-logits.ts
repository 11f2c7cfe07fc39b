/**
 * The logit that a prompt mask holds inside the chosen region; outside it is the negative. SAM's prompt encoder was
 * trained on logits of earlier masks; 4 stands for a probability of 0.98.
 * @deviation the reference hands 0 and 1 over, which SAM reads as "undecided" and "rather inside" (docs/adr/0023)
 */
export const PROMPT_LOGIT = 4;

/** Differences of similarity below this share of the largest one are rounding: nothing stands out. */
export const CONSTANT_SHARE = 1e-5;

/** Whether no value differs from the others by more than rounding. */
export function isConstant(low: number, high: number): boolean {
  return high - low <= CONSTANT_SHARE * Math.max(Math.abs(low), Math.abs(high));
}
