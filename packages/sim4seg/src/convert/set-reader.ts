import { toFloat32, toHalf } from '@sim4seg/compute';
import type { StoredTensor, WeightsReader, WeightTensor } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { mergedWeight } from './adapters.js';
import type { LoraPart } from './model-parts.js';
import { adapterKey, officialKey } from './official-key.js';
import type { AdapterPair, SourceTensor, TensorPool } from './tensor-pool.js';
import type { SetSpec } from './weight-sets.js';

/** Precision that is asked for; null leaves every tensor as it is stored. */
export type Precision = 'fp32' | 'fp16' | 'int4' | null;

export interface SetReaderOptions {
  readonly precision: Precision;
  /** The adapter that is added to the weights; null where there is none or it is kept. */
  readonly merge: LoraPart | null;
}

const FLOATS: ReadonlySet<string> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

/** The tensor that a program's key means. */
export function tensorFor({ tensors, adapters }: TensorPool, key: string): SourceTensor | undefined {
  const adapter = adapterKey(key);
  if (!adapter) return tensors.get(officialKey(key));
  const pair = adapters.get(adapter.layer);
  return adapter.matrix === 'A' ? pair?.a : pair?.b;
}

/**
 * The tensors of a set under the keys of its programs, in the precision that is asked for, read one at a time. Vectors
 * (norms, biases) become float32: they are small and steer whole channels. For int4, this is what is rounded further.
 */
export function setReader(pool: TensorPool, { keys, name }: SetSpec, options: SetReaderOptions): WeightsReader {
  const found = [...keys.keys()].flatMap((key) => {
    const tensor = tensorFor(pool, key);
    return tensor ? [[key, tensor] as const] : [];
  });
  const tensors = new Map(found);
  const described = found.map(
    ([key, tensor]) =>
      [key, storedAs(key, tensor, { options, isMerged: pairOf(pool, key, options) !== undefined })] as const,
  );
  const entries = new Map(described);
  const close = () => Promise.resolve();
  return {
    format: 'safetensors',
    path: name,
    entries,
    metadata: { format: 'pt' },
    read: async (key) => {
      const tensor = tensors.get(key) as SourceTensor;
      const pair = pairOf(pool, key, options);
      const stored = await tensor.source.reader.read(tensor.name);
      const whole = pair && options.merge ? await mergedWeight(stored, pair, options.merge) : stored;
      return cast(key, whole, entries.get(key)?.dtype ?? whole.dtype);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The adapter that changes a weight, where adapters are merged. */
export function pairOf({ adapters }: TensorPool, key: string, { merge }: SetReaderOptions): AdapterPair | undefined {
  return merge && key.endsWith('.weight') ? adapters.get(key.slice(0, -'.weight'.length)) : undefined;
}

interface Storing {
  readonly options: SetReaderOptions;
  readonly isMerged: boolean;
}

function storedAs(key: string, { dtype, shape }: StoredTensor, { options, isMerged }: Storing): StoredTensor {
  const { precision } = options;
  if (!FLOATS.has(dtype)) return { dtype, shape };
  // Without a wish, a merged weight keeps the type that it was stored in, where that can be written.
  if (precision === null) return { dtype: isMerged && dtype !== 'float16' ? 'float32' : dtype, shape };
  // What goes in blocks is rounded once.
  const isHalf = precision !== 'fp32' && shape.length > 1 && !(precision === 'int4' && isLayerMatrix(key));
  return { dtype: isHalf ? 'float16' : 'float32', shape };
}

/** Whether a key is that of a linear layer inside a LLaMA: those are stored in blocks for int4. */
export const isLayerMatrix = (key: string): boolean => /^model\.layers\.\d+\.[\w.]+_proj\.weight$/.test(key);

function cast(key: string, tensor: WeightTensor, dtype: StoredTensor['dtype']): WeightTensor {
  if (tensor.dtype === dtype) return tensor;
  const data = toFloat32(tensor);
  if (dtype === 'float32') return { data, shape: tensor.shape, dtype };
  // 65520 is the smallest number that rounds to infinity as a half float.
  const wrong = data.find((value) => !(Math.abs(value) < 65_520));
  if (wrong === undefined) return { data: toHalf(data), shape: tensor.shape, dtype: 'float16' };
  throw new Sim4SegError('NOT_FINITE', {
    must: `Every weight of "${key}" must be finite as a half float`,
    got: String(wrong),
    fix: 'convert with --precision fp32',
  });
}
