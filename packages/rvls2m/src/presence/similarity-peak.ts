import type { Presence, PresenceEvidence, PresenceJudge } from '@sim4seg/core';
import { z } from 'zod';
import { contentTokens } from '../content.js';
import { MAP_STATISTICS } from './map-statistics.js';
import type { MapStatistic } from './map-statistics.js';

export const similarityPeakOptionsSchema = z
  .strictObject({
    /** What is measured. @source docs/studies/presence-judges.md */
    statistic: z.enum(Object.keys(MAP_STATISTICS) as [MapStatistic, ...MapStatistic[]]).default('peakZ'),
    /** Where the statistic says one half. Choose it on val. @source docs/studies/presence-judges.md */
    threshold: z.number().default(2),
    /** How far beyond the threshold the probability is 0.73. @source docs/studies/presence-judges.md */
    softness: z.number().positive().default(0.5),
    presentFrom: z.number().min(0).max(1).default(0.5),
    absentBelow: z.number().min(0).max(1).default(0.5),
  })
  .refine(({ presentFrom, absentBelow }) => absentBelow <= presentFrom, {
    error: 'absentBelow must not be larger than presentFrom',
    path: ['absentBelow'],
  });

export type SimilarityPeakOptions = z.output<typeof similarityPeakOptionsSchema>;

/**
 * Judges presence by how much the similarity map stands out: a target that is there gives a peak, one that is not a flat
 * map. The mean over the paths of sigmoid((statistic - threshold) / softness). A path without [SEG] has no map and
 * counts as 0; where no path can tell, the verdict is unsure.
 */
export function createSimilarityPeak(options: SimilarityPeakOptions): PresenceJudge {
  return {
    judge: (evidence) => {
      const probabilities = evidence.map((path) => pathProbability(path, options)).filter((value) => value !== null);
      if (probabilities.length === 0) return { presence: 'unsure', presentProb: 0.5 };
      const presentProb = probabilities.reduce((sum, value) => sum + value, 0) / probabilities.length;
      return { presence: presenceOf(presentProb, options), presentProb };
    },
  };
}

/** The statistic over the tokens of the image; null without a similarity map. */
export function mapStatistic(
  { similarity, frame }: Pick<PresenceEvidence, 'similarity' | 'frame'>,
  statistic: MapStatistic,
): number | null {
  const [tokenRows = 0, tokenColumns = 0] = similarity?.shape ?? [];
  if (!similarity || tokenRows * tokenColumns === 0) return null;
  if (!frame) return MAP_STATISTICS[statistic](similarity.data);
  const { rows, columns } = contentTokens(frame, { tokenRows, tokenColumns });
  const inside = similarity.data.filter((_, i) => i < rows * tokenColumns && i % tokenColumns < columns);
  return MAP_STATISTICS[statistic](inside);
}

function pathProbability(path: PresenceEvidence, { statistic, threshold, softness }: SimilarityPeakOptions) {
  const value = mapStatistic(path, statistic);
  if (value === null) return path.segCount === 0 ? 0 : null;
  return 1 / (1 + Math.exp((threshold - value) / softness));
}

function presenceOf(presentProb: number, { presentFrom, absentBelow }: SimilarityPeakOptions): Presence {
  if (presentProb >= presentFrom) return 'present';
  return presentProb < absentBelow ? 'absent' : 'unsure';
}
