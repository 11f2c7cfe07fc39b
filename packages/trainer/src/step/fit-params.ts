import { Sim4SegError, resizeBilinear } from '@sim4seg/core';
import type { Dim, ParamSpec, Specs, TensorValue } from '@sim4seg/compute';

/**
 * Parameters in the shapes that a model declares. What has its shape stays; a table with a row a cell of a square grid
 * (learned positions) is resized bilinearly (half-pixel) when the grid has another side, as is usual for ViT positions.
 * Parameters that the model does not have are left out; those that are missing stay missing.
 * @throws CHECKPOINT_MISMATCH for any other difference of shape
 */
export function fitParams(
  params: Readonly<Record<string, TensorValue>>,
  specs: Specs<ParamSpec>,
): Record<string, TensorValue> {
  const known = Object.entries(params).filter(([name]) => name in specs);
  return Object.fromEntries(known.map(([name, value]) => [name, fit(name, value, specs[name]?.dims ?? [])]));
}

function fit(name: string, value: TensorValue, dims: readonly Dim[]): TensorValue {
  const { shape } = value;
  if (shape.length === dims.length && shape.every((size, i) => size === dims[i])) return value;
  const [rows = 0, width = 0] = shape;
  const sides = [rows, Number(dims[0])].map(Math.sqrt);
  const isGrid = shape.length === 2 && dims.length === 2 && width === dims[1] && sides.every(Number.isInteger);
  if (isGrid) return resizeTable(value, { from: sides[0] as number, to: sides[1] as number });
  throw new Sim4SegError('CHECKPOINT_MISMATCH', {
    must: `${name} must have the shape [${dims.join(', ')}]`,
    got: `[${shape.join(', ')}]`,
    fix: 'use weights of the same parts and sizes',
  });
}

function resizeTable({ data, shape }: TensorValue, { from, to }: { from: number; to: number }): TensorValue {
  const width = shape[1] as number;
  const out = new Float32Array(to * to * width);
  for (let channel = 0; channel < width; channel++) {
    const map = Float32Array.from({ length: from * from }, (_, i) => data[i * width + channel] as number);
    const resized = resizeBilinear({ data: map, widthPx: from, heightPx: from }, { widthPx: to, heightPx: to });
    resized.data.forEach((sample, i) => (out[i * width + channel] = sample));
  }
  return { data: out, shape: [to * to, width], dtype: 'float32' };
}
