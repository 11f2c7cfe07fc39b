import { definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';
import { createSegTokenJudge } from './seg-token-judge.js';

const SegTokenOptionsSchema = z
  .strictObject({
    presentFrom: z.number().min(0).max(1).default(0.5),
    absentBelow: z.number().min(0).max(1).default(0.5),
  })
  .refine(({ presentFrom, absentBelow }) => absentBelow <= presentFrom, {
    error: 'absentBelow must not be larger than presentFrom',
    path: ['absentBelow'],
  });

/** Presence from the answer itself: Yes or No, and [SEG] or none. */
export const segToken = definePlugin({
  id: 'seg-token',
  contractVersion: '1',
  needs: {},
  provides: services.presenceJudge,
  optionsSchema: SegTokenOptionsSchema,
  create: ({ options }) => createSegTokenJudge(options),
});
