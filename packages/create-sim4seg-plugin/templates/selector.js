import { definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.selector,
  optionsSchema: z.strictObject({}),
  create: () => ({
    /** A selector sees candidates and scores, never ground truth. */
    select: (candidates) => {
      const scores = candidates.map((candidate) => candidate.maskConfidence);
      return { index: scores.indexOf(Math.max(...scores)), scores };
    },
  }),
});
