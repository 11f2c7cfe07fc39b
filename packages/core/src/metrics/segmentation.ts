import type { MaskBits } from '../masks/mask-bits.js';
import { intersectionArea, maskArea } from '../masks/mask-bits.js';

/** Pixel counts of one predicted mask against its ground truth. */
export interface PixelCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/**
 * Counts pixels of a predicted mask against ground truth; ignored pixels are left out of everything.
 * @throws SHAPE_MISMATCH when the masks belong to different frames
 */
export function countPixels(predicted: MaskBits, truth: MaskBits, ignored?: MaskBits): PixelCounts {
  const kept = (mask: MaskBits): MaskBits =>
    ignored ? { ...mask, words: mask.words.map((word, i) => word & ~(ignored.words[i] ?? 0)) } : mask;
  const p = kept(predicted);
  const t = kept(truth);
  const truePositive = intersectionArea(p, t);
  const falsePositive = maskArea(p) - truePositive;
  const falseNegative = maskArea(t) - truePositive;
  const total = truth.widthPx * truth.heightPx - (ignored ? maskArea(ignored) : 0);
  return {
    truePositive,
    falsePositive,
    falseNegative,
    trueNegative: total - truePositive - falsePositive - falseNegative,
  };
}

/** Intersection over union of the object; an empty target matched by an empty mask counts 1. */
export function iouOf(counts: PixelCounts): number {
  const union = unionOf(counts);
  return union === 0 ? 1 : counts.truePositive / union;
}

/** Dice of the object; an empty target matched by an empty mask counts 1. */
export function diceOf({ truePositive, falsePositive, falseNegative }: PixelCounts): number {
  const total = 2 * truePositive + falsePositive + falseNegative;
  return total === 0 ? 1 : (2 * truePositive) / total;
}

/**
 * gIoU: mean of the IoU of each mask, 0..1; NaN without masks.
 * @source LISA validate()
 * @deviation without its epsilons (1e-5 on each union and on the number of masks); {@link officialGiou} has them
 */
export function gIoU(masks: readonly PixelCounts[]): number {
  return mean(masks.map(iouOf));
}

/**
 * cIoU: sum of intersections over sum of unions, 0..1; 1 where nothing is anywhere.
 * @source LISA validate()
 * @deviation without its epsilon 1e-10; {@link officialCiou} has it
 */
export function cIoU(masks: readonly PixelCounts[]): number {
  const union = sum(masks.map(unionOf));
  return union === 0 ? 1 : sum(masks.map((counts) => counts.truePositive)) / union;
}

/** Mean Dice over masks, 0..1; NaN without masks. */
export function meanDice(masks: readonly PixelCounts[]): number {
  return mean(masks.map(diceOf));
}

/** gIoU with the epsilons of the official code. @source LISA validate() @deviation none */
export function officialGiou(masks: readonly PixelCounts[]): number {
  const each = masks.map((counts) => counts.truePositive / (unionOf(counts) + 1e-5) + (unionOf(counts) === 0 ? 1 : 0));
  return sum(each) / (masks.length + 1e-5);
}

/** cIoU with the epsilon of the official code. @source LISA validate() @deviation none */
export function officialCiou(masks: readonly PixelCounts[]): number {
  return sum(masks.map((counts) => counts.truePositive)) / (sum(masks.map(unionOf)) + 1e-10);
}

/** Pixels in prediction or truth. */
export function unionOf({ truePositive, falsePositive, falseNegative }: PixelCounts): number {
  return truePositive + falsePositive + falseNegative;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
