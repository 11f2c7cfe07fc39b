import { definePlugin } from '@sim4seg/core';
import { llamaTinyInference } from './tiny/plugin-inference.js';
import { tinyTrainable } from './tiny/trainable.js';

/** The small LLaMA of the embedded model: answers, and can be trained. */
export const llamaTiny = definePlugin({ ...llamaTinyInference, trainable: tinyTrainable });
export { segToken } from './presence/plugin.js';
export { llavaSeg } from './llava-seg/plugin-inference.js';
