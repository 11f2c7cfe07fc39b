import { expectShape, isSim4SegError } from '@sim4seg/core';
import type { FloatArray, ModelFrame, ShapeDim } from '@sim4seg/core';
import { breach, demand } from './breach.js';

/** @throws PLUGIN_INVALID unless the value is a float32 array of this shape and as long as it says */
export function expectFloats(name: string, value: unknown, dims: readonly ShapeDim[]): asserts value is FloatArray {
  const { data, shape } = (value ?? {}) as Partial<FloatArray>;
  demand(data instanceof Float32Array, `${name} is no float32 array`);
  expectDims(name, { shape, length: data.length }, dims);
}

/** @throws PLUGIN_INVALID unless the shape fits and holds as many numbers as there are */
export function expectDims(
  name: string,
  { shape, length }: { shape: unknown; length: number },
  dims: readonly ShapeDim[],
): void {
  demand(
    Array.isArray(shape) && shape.every((size) => Number.isInteger(size)),
    `${name} has no shape of whole numbers`,
  );
  const sizes = shape as number[];
  try {
    expectShape(name, sizes, dims);
  } catch (error) {
    throw isSim4SegError(error) ? breach(`${error.must}, got ${error.got}`, error) : error;
  }
  const product = sizes.reduce((all, size) => all * size, 1);
  demand(product === length, `${name} of shape [${sizes.join(', ')}] holds ${length} numbers`);
}

/** @throws PLUGIN_INVALID unless every named size is a whole number above 0 */
export function expectSizes(sizes: Readonly<Record<string, unknown>> | undefined, names: readonly string[]): void {
  for (const name of names) {
    const size = sizes?.[name];
    demand(Number.isInteger(size) && (size as number) > 0, `sizes.${name} is ${String(size)}`);
  }
}

/** @throws PLUGIN_INVALID unless the number lies between both */
export function expectBetween(name: string, value: unknown, [low, high]: readonly [number, number]): void {
  demand(
    typeof value === 'number' && value >= low && value <= high,
    `${name} is ${String(value)}, not ${low} to ${high}`,
  );
}

/** @throws PLUGIN_INVALID unless the frame lies over an image of these sides */
export function expectFrame(
  frame: ModelFrame | null | undefined,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): void {
  demand(typeof frame === 'object' && frame !== null, 'the answer has no frame');
  expectBetween('frame.contentWidthPx', frame.contentWidthPx, [1, frame.sidePx]);
  expectBetween('frame.contentHeightPx', frame.contentHeightPx, [1, frame.sidePx]);
  const original = [frame.originalWidthPx, frame.originalHeightPx];
  demand(original[0] === widthPx && original[1] === heightPx, `the frame is of an image of ${original.join(' x ')}`);
}
