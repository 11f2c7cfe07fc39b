export { gelu, geluTanh, quickGelu, silu, siluGate } from './activation.js';
export { attention, relativeAttention, relativeBias } from './attention.js';
export { jointLinear, linear, linearInt4 } from './linear.js';
export { bceWithLogits, crossEntropy, diceLoss } from './losses.js';
export { groupNorm, layerNorm, rmsNorm } from './norm.js';
export { rope } from './rope.js';
export { logSoftmax, softmax } from './softmax.js';
