import { mergeLora, toFloat32, type WeightTensor } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import type { LoraPart } from './model-parts.js';
import type { Source } from './source.js';
import type { AdapterPair, TensorPool } from './tensor-pool.js';

/** alpha of the official training, for checkpoints without adapter_config.json. @source train_sim4seg.py, lora_alpha */
const OFFICIAL_ALPHA = 16;

/** What PEFT can do beside plain adapters; none of it is known here. */
const UNKNOWN_FORMS = ['use_dora', 'use_rslora', 'fan_in_fan_out', 'rank_pattern', 'alpha_pattern'];

/**
 * Rank, scale and layers of the adapter among the weights; null where there is none.
 * @throws WEIGHTS_INVALID for adapters of other forms, or of several ranks
 */
export function loraPartOf({ adapters }: TensorPool, sources: readonly Source[]): LoraPart | null {
  const ranks = new Set([...adapters.values()].map(({ a }) => a.shape[0] ?? 0));
  const [rank] = ranks;
  if (rank === undefined) return null;
  const config = sources.find(({ adapter }) => adapter !== null)?.adapter ?? {};
  const form = UNKNOWN_FORMS.find((key) => isSet(config[key]));
  if (form !== undefined) throw unknownForm(`adapter_config.json sets ${form}`);
  if (ranks.size > 1) throw unknownForm(`ranks ${[...ranks].join(', ')}`);
  const alpha = config['lora_alpha'];
  const targets = new Set([...adapters.keys()].map((layer) => layer.slice(layer.lastIndexOf('.') + 1)));
  return { rank, alpha: typeof alpha === 'number' ? alpha : OFFICIAL_ALPHA, targets: [...targets].sort() };
}

const isSet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);

function unknownForm(got: string): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: 'An adapter must be plain LoRA of one rank, as the official training makes it',
    got,
    fix: 'merge the adapter with PEFT and convert the merged model',
  });
}

/** The weight of a layer with its adapter added, as float32. @throws SHAPE_MISMATCH */
export async function mergedWeight(
  weight: WeightTensor,
  { a, b }: AdapterPair,
  { rank, alpha }: LoraPart,
): Promise<WeightTensor> {
  const matrices = {
    weight: asFloat32(weight),
    'lora_A.default.weight': asFloat32(await a.source.reader.read(a.name)),
    'lora_B.default.weight': asFloat32(await b.source.reader.read(b.name)),
  };
  const merged = mergeLora(matrices, { adapters: { default: { rank, alpha } }, adapter: 'default' });
  return merged['weight'] as WeightTensor;
}

const asFloat32 = (tensor: WeightTensor): { data: Float32Array; shape: readonly number[]; dtype: 'float32' } => ({
  data: toFloat32(tensor),
  shape: tensor.shape,
  dtype: 'float32',
});
