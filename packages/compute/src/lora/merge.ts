import { Sim4SegError } from '@sim4seg/core';
import type { TensorValues } from '../program/compile.js';
import type { TensorValue } from '../tensor-value.js';
import { adapterOf, loraNames } from './adapters.js';
import type { LoraAdapters } from './adapters.js';

export interface MergeOptions {
  readonly adapters: LoraAdapters;
  /** The adapter that is added to, or taken from, the weights. */
  readonly adapter: string;
}

/** W + sign * alpha / rank * B A, in double precision. */
function changed(weight: TensorValue, [a, b]: readonly [TensorValue, TensorValue], factor: number): TensorValue {
  const [out = 0, inner = 0] = weight.shape;
  const rank = a.shape[0] ?? 0;
  const data = Float32Array.from(weight.data);
  const row = new Float64Array(inner);
  for (let o = 0; o < out; o += 1) {
    row.fill(0);
    for (let r = 0; r < rank; r += 1) {
      const share = factor * b.data[o * rank + r]!;
      for (let i = 0; i < inner; i += 1) row[i]! += share * a.data[r * inner + i]!;
    }
    for (let i = 0; i < inner; i += 1) data[o * inner + i]! += row[i]!;
  }
  return { data, shape: weight.shape, dtype: 'float32' };
}

function expectFits(layer: string, weight: TensorValue | undefined, a: TensorValue, b: TensorValue | undefined): void {
  const fits = weight && b && weight.shape[1] === a.shape[1] && weight.shape[0] === b.shape[0];
  if (fits && a.shape[0] === b.shape[1]) return;
  const shapes = [weight, a, b].map((value) => (value ? `[${value.shape.join(', ')}]` : 'nothing')).join(', ');
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `layer '${layer}' has a weight [out, in], lora_A [rank, in] and lora_B [out, rank]`,
    got: shapes,
    fix: 'pass the weights and the adapter of one model',
  });
}

function applied(params: TensorValues, { adapters, adapter }: MergeOptions, sign: 1 | -1): Record<string, TensorValue> {
  const { rank, alpha } = adapterOf(adapters, adapter);
  const suffix = loraNames('', adapter).a;
  const result = { ...params };
  const layers = Object.keys(params).filter((name) => name === suffix || name.endsWith(`.${suffix}`));
  for (const name of layers) {
    const layer = name.slice(0, -suffix.length).replace(/\.$/, '');
    const own = layer === '' ? 'weight' : `${layer}.weight`;
    const [a, b, weight] = [params[name]!, params[loraNames(layer, adapter).b], params[own]];
    expectFits(layer, weight, a, b);
    result[own] = changed(weight!, [a, b!], (sign * alpha) / rank);
  }
  return result;
}

/**
 * Adds an adapter to the weights of every layer that has it, so that the plain layers give what the adapted ones gave.
 * The adapter's own matrices stay among the values, for {@link unmergeLora}; the caller's arrays are not changed.
 * @throws PROGRAM_INVALID for an adapter that nobody declared; SHAPE_MISMATCH
 */
export function mergeLora(params: TensorValues, options: MergeOptions): Record<string, TensorValue> {
  return applied(params, options, 1);
}

/** The opposite of {@link mergeLora}; equal to the weights before it to rounding. */
export function unmergeLora(params: TensorValues, options: MergeOptions): Record<string, TensorValue> {
  return applied(params, options, -1);
}
