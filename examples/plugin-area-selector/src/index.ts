// A selector of one's own: of all candidates the one whose area has a wanted place among theirs.
import { Sim4SegError, definePlugin, maskArea, services } from '@sim4seg/core';
import type { Candidate, Selection } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** 0 takes the smallest mask, 0.5 the one in the middle, 1 the largest. */
  rank: z.number().min(0).max(1).default(0.5),
});

/**
 * The first candidate whose area is nearest to the wanted one.
 * @throws USAGE without candidates
 */
export function selectByArea(candidates: readonly Candidate[], rank: number): Selection {
  const areas = candidates.map(({ maskBits }) => maskArea(maskBits));
  const wanted = areas.toSorted((a, b) => a - b)[Math.round(rank * (areas.length - 1))];
  if (wanted === undefined) {
    const must = 'A selector gets at least one candidate';
    throw new Sim4SegError('USAGE', { must, got: 'none', fix: 'ask only where a path drew a mask' });
  }
  const scores = areas.map((area) => 0 - Math.abs(area - wanted));
  return { index: scores.indexOf(0), scores };
}

export const areaSelectorPlugin = definePlugin({
  id: 'area',
  contractVersion: '1',
  needs: {},
  provides: services.selector,
  optionsSchema,
  create: ({ options }) => ({ select: (candidates) => selectByArea(candidates, options.rank) }),
});
