import { definePlugin, expectFinite, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** At or above this share of paths with a [SEG] the target is present. */
  presentFrom: z.number().gt(0).lte(1).default(0.5),
});

/** Share of the paths that drew something; null where no path can tell. */
const shareOf = (evidence) => {
  const known = evidence.filter(({ segCount }) => segCount !== null);
  return known.length === 0 ? null : known.filter(({ segCount }) => segCount > 0).length / known.length;
};

const judge = (evidence, { presentFrom }) => {
  const share = shareOf(evidence);
  if (share === null) return { presence: 'unsure', presentProb: 0.5 };
  expectFinite('share of paths', [share]);
  return { presence: share >= presentFrom ? 'present' : 'absent', presentProb: share };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.presenceJudge,
  optionsSchema,
  create: ({ options }) => ({ judge: (evidence) => judge(evidence, options) }),
});
