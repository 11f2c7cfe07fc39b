import { definePlugin, maskArea, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** Share of the image that a mask of full score covers at most. */
  largest: z.number().gt(0).lte(1).default(0.5),
});

/** 1 for small masks, falling to 0 where the whole image is covered. */
const scoreOf = ({ maskBits }, largest) => {
  const share = maskArea(maskBits) / (maskBits.widthPx * maskBits.heightPx);
  return share <= largest ? 1 : (1 - share) / (1 - largest);
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.scorer,
  optionsSchema,
  create: ({ options }) => ({
    score: (candidates) => candidates.map((candidate) => scoreOf(candidate, options.largest)),
  }),
});
