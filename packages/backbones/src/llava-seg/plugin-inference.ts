import { definePlugin, services } from '@sim4seg/core';
import { createLlavaSeg } from './llava-seg.js';
import { LlavaSegOptionsSchema } from './options.js';
import { LLAVA_SEG_ID } from './part.js';

/** The official family: CLIP vision tower, projector, LLaMA with `[SEG]`, from a converted bundle. */
export const llavaSeg = definePlugin({
  id: LLAVA_SEG_ID,
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.lvlm,
  optionsSchema: LlavaSegOptionsSchema,
  create: ({ needs, options }) => createLlavaSeg(needs.bundle, options),
});
