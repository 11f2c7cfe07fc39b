import { Sim4SegError, definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';

/** One number a candidate; the highest wins. A selector sees candidates and scores, never ground truth. */
const scoreOf = (candidate) => candidate.maskConfidence;

const select = (candidates) => {
  if (candidates.length === 0) {
    const must = 'A selector gets at least one candidate';
    throw new Sim4SegError('USAGE', { must, got: 'none', fix: 'ask only where a path drew a mask' });
  }
  const scores = candidates.map(scoreOf);
  return { index: scores.indexOf(Math.max(...scores)), scores };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.selector,
  optionsSchema: z.strictObject({}),
  create: () => ({ select }),
});
