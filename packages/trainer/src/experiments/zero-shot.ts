import { bootstrapInterval, createRandom, expectNotAborted } from '@sim4seg/core';
import type { Interval, MedicalImage } from '@sim4seg/core';
import { canonicalQuestion, loadCase, openDatasets } from '@sim4seg/data';

/** How well a similarity map points at what was asked for, beside chance. */
export interface PointingOutcome {
  readonly dataset: string;
  readonly id: string;
  /** Whether the highest pixel lies in the mask. */
  readonly hit: boolean;
  /** Share of the image inside the mask: how often a random pixel hits. */
  readonly chanceHit: number;
  /** IoU of the mask with the highest pixels, as many of them as `share` says. */
  readonly iou: number;
  /** The same for as many pixels around the centre, where photographers put what they show. */
  readonly centreIou: number;
}

/** A similarity map in the original frame, float32[h,w] row by row; null where the model gave none. */
export type SimilarityOf = (question: {
  readonly image: MedicalImage;
  readonly question: string;
}) => Promise<Float32Array | null>;

export interface ZeroShotOptions {
  readonly similarityOf: SimilarityOf;
  readonly datasets: readonly string[];
  readonly split?: string | undefined;
  readonly most?: number | undefined;
  /** Share of the image that counts as pointed at; 36 of 256 cells is the official code's. */
  readonly share: number;
  readonly onCase?: (done: PointingOutcome | null) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Asks about every case whose target is there. Cases without a map are left out and counted. */
export async function measurePointing(
  options: ZeroShotOptions,
): Promise<{ readonly outcomes: readonly PointingOutcome[]; readonly without: number }> {
  const outcomes: PointingOutcome[] = [];
  let without = 0;
  for (const dataset of await openDatasets(options.datasets)) {
    let asked = 0;
    for await (const found of dataset.stream(options.split === undefined ? {} : { split: options.split })) {
      expectNotAborted(options.signal);
      const { image, mask } = await loadCase(found);
      if (!mask?.maskBits.some((bit) => bit > 0)) continue;
      if (++asked > (options.most ?? Infinity)) break;
      const question = found.record.question ?? canonicalQuestion(found.record);
      const map = await options.similarityOf({ image, question });
      const scored = map ? scoreMap(map, mask, options.share) : null;
      const outcome = scored && { dataset: found.dataset, id: found.record.id, ...scored };
      if (outcome) outcomes.push(outcome);
      else without++;
      options.onCase?.(outcome);
    }
  }
  return { outcomes, without };
}

/** Scores one map against one mask. */
export function scoreMap(
  map: Float32Array,
  { maskBits, widthPx, heightPx }: { maskBits: Uint8Array; widthPx: number; heightPx: number },
  share: number,
): Omit<PointingOutcome, 'dataset' | 'id'> {
  const order = Array.from(map, (_, i) => i).sort((a, b) => (map[b] as number) - (map[a] as number));
  const chosen = order.slice(0, Math.max(1, Math.round(share * map.length)));
  const inside = maskBits.reduce((sum, bit) => sum + (bit > 0 ? 1 : 0), 0);
  const iou = (pixels: readonly number[]): number => {
    const shared = pixels.filter((pixel) => (maskBits[pixel] ?? 0) > 0).length;
    return shared / (inside + pixels.length - shared);
  };
  const fromCentre = (pixel: number): number => {
    const x = (pixel % widthPx) + 0.5 - widthPx / 2;
    const y = Math.floor(pixel / widthPx) + 0.5 - heightPx / 2;
    return x * x + y * y;
  };
  const central = [...order].sort((a, b) => fromCentre(a) - fromCentre(b)).slice(0, chosen.length);
  return {
    hit: (maskBits[order[0] as number] ?? 0) > 0,
    chanceHit: inside / map.length,
    iou: iou(chosen),
    centreIou: iou(central),
  };
}

/** Figures in percent over some cases; differences are paired, with 95% bootstrap intervals. */
export interface PointingFigures {
  readonly dataset: string;
  readonly n: number;
  readonly hit: number;
  readonly chanceHit: number;
  readonly hitOverChance: Interval;
  readonly iou: number;
  readonly centreIou: number;
  readonly iouOverCentre: Interval;
}

export function pointingFigures(outcomes: readonly PointingOutcome[], seed = 0): PointingFigures[] {
  const names = [...new Set(outcomes.map(({ dataset }) => dataset))];
  const groups = [...names.map((name) => [name, outcomes.filter(({ dataset }) => dataset === name)] as const)];
  if (names.length > 1) groups.push(['all', [...outcomes]]);
  return groups.map(([dataset, own]) => {
    const mean = (rows: readonly PointingOutcome[], read: (row: PointingOutcome) => number): number =>
      (100 * rows.reduce((sum, row) => sum + read(row), 0)) / rows.length;
    const hit = ({ hit }: PointingOutcome): number => (hit ? 1 : 0);
    const interval = (read: (row: PointingOutcome) => number): Interval =>
      bootstrapInterval(own, (rows) => mean(rows, read), { random: createRandom(seed).fork(dataset) });
    return {
      dataset,
      n: own.length,
      hit: mean(own, hit),
      chanceHit: mean(own, ({ chanceHit }) => chanceHit),
      hitOverChance: interval((row) => hit(row) - row.chanceHit),
      iou: mean(own, ({ iou }) => iou),
      centreIou: mean(own, ({ centreIou }) => centreIou),
      iouOverCentre: interval(({ iou, centreIou }) => iou - centreIou),
    };
  });
}
