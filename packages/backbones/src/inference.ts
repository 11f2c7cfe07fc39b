/** Plugin values without their `trainable`: nothing here loads an engine, so that answering starts fast. */
export { llamaTinyInference } from './tiny/plugin-inference.js';
export { int4ArithmeticOf } from './llava-seg/int4-part.js';
export { llavaSeg } from './llava-seg/plugin-inference.js';
export { segToken } from './presence/plugin.js';
export { MAX_QUESTION_CHARACTERS, cleanQuestion } from './text/question.js';
