import { expectFinitePlaces, locateWeights } from '#platform';
import type { Program } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import type { Dims, ParamSource, StoredRange } from '../trace/trace.js';
import { expectFinite } from '../weights/finite.js';
import { toFloat32, toInt32 } from '../weights/half.js';
import type { WeightPlace } from '../weights/places.js';
import type { WeightTensor } from '../weights/tensor-value.js';
import { matchParams, type MatchOptions } from './match-params.js';

/** How closely weights are looked at before a session is made of them. */
export interface WeightChecks extends MatchOptions {
  /**
   * Whether NaN and infinities are refused. Values always are; files of more than 256 MB, which would have to be read
   * for it, only where this is true.
   */
  readonly finite?: boolean;
}

/** Parameters as the trace takes them, and the folder that their files lie in. */
export interface BoundParams {
  readonly params: ParamSource;
  readonly externalFolder?: string;
  /**
   * Whether the files are so large that a second, packed copy of them in memory has to be asked for. Blocks of integers
   * never are: the runtime gives the first copy back, and multiplies with a packed one many times faster.
   */
  readonly isLarge?: boolean;
}

/** Weights beyond this size stay in their file, mapped into memory, unless packing is asked for. */
const packedBytes = 2 ** 30;

/** Files up to this size are checked for NaN unasked: reading them takes about 0.1 s. */
const checkedBytes = 2 ** 28;

/**
 * Finds the parameters of a program among given weights.
 * @throws WEIGHTS_INVALID naming all weights that are missing, unexpected or wrongly shaped; NOT_FINITE
 */
export async function paramSource(
  program: Program,
  weights: string | Readonly<Record<string, TensorValue>> | undefined,
  options: WeightChecks & { readonly dims: Dims },
): Promise<BoundParams> {
  if (weights === undefined) return { params: { kind: 'inputs' } };
  if (typeof weights !== 'string')
    return { params: { kind: 'values', values: givenValues(program, weights, options) } };
  const { folder, entries } = await locateWeights(weights);
  const places = matchParams(program, options.dims, entries, options);
  const bytes = Object.values(places).reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (options.finite ?? bytes <= checkedBytes) await expectFinitePlaces(folder, places);
  const ranges = Object.entries(places).map(([name, place]) => [name, toRange(place)] as const);
  const params = { kind: 'external', ranges: Object.fromEntries(ranges) } as const;
  const inBlocks = Object.values(places).some(({ dtype }) => dtype === 'uint8');
  return { params, externalFolder: folder, isLarge: bytes > packedBytes && !inBlocks };
}

function toRange({ location, begin, end, shape, dtype }: WeightPlace): StoredRange {
  return { place: { location, offset: begin, length: end - begin }, shape, dtype };
}

/** Types that only files have become those of programs here: what is given as values travels in the model. */
function givenValues(
  program: Program,
  weights: Readonly<Record<string, TensorValue>>,
  options: WeightChecks & { readonly dims: Dims },
): Record<string, TensorValue> {
  const matched = matchParams(program, options.dims, new Map(Object.entries(weights)), options);
  const values = Object.entries(matched).map(([name, value]) => {
    if (options.finite !== false) expectFinite(name, value);
    return [name, widened(value)] as const;
  });
  return Object.fromEntries(values);
}

/** Stored types as programs take them. */
export function widened(value: TensorValue | WeightTensor): TensorValue {
  const { dtype, shape } = value;
  if (['int64', 'int16', 'int8'].includes(dtype)) return { data: toInt32(value), shape, dtype: 'int32' };
  if (['float16', 'bfloat16', 'float64'].includes(dtype)) return { data: toFloat32(value), shape, dtype: 'float32' };
  return value as TensorValue;
}
