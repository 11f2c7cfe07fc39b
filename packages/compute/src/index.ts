export { fromBfloat16, fromHalf, toFloat32, toHalf, toInt32 } from './weights/half.js';
export { readSafetensors, writeSafetensors } from './weights/safetensors.js';
export type { SafetensorsContent, WritableTensor } from './weights/safetensors.js';
export { bytesOf, elementBytes, elementCount, elementsOf } from './weights/tensor-value.js';
export type { ElementArray, ElementType, WeightTensor } from './weights/tensor-value.js';
