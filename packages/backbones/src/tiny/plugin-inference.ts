import { definePlugin, services } from '@sim4seg/core';
import { TinyOptionsSchema } from './options.js';
import { TINY_ID, createTinyLvlm } from './tiny-lvlm.js';

/** `llama-tiny` as it answers; {@link llamaTiny} of the main entry can be trained, too. */
export const llamaTinyInference = definePlugin({
  id: TINY_ID,
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.lvlm,
  optionsSchema: TinyOptionsSchema,
  create: ({ needs }) => createTinyLvlm(needs.bundle),
});
