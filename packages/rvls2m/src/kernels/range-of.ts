import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

const LANES = 4;
/** Below it a loop is done before the kernel has its copy. */
const FEWEST = 64;

/** The least and the largest of four lanes each, float32[8]; null where the plain loop does better. */
export function rangeWithKernel(kernel: SimdKernel, values: Float32Array): Float32Array | null {
  const end = 4 * values.length;
  if (values.length < FEWEST || values.length % LANES !== 0 || !reserve(kernel, end + 32)) return null;
  new Float32Array(kernel.memory.buffer, 0, values.length).set(values);
  kernel.range(0, end, end);
  return new Float32Array(kernel.memory.buffer, end, 2 * LANES);
}
