import { blockNames, blockShapes, loraLinear, loraSpecs, ops } from '@sim4seg/compute';
import type {
  Init,
  Int4Arithmetic,
  LinearSizes,
  LoraAdapters,
  ParamSpec,
  Specs,
  Tensor,
  Tensors,
} from '@sim4seg/compute';
import type { LlamaSizes } from './sizes.js';

/** How the linear layers of a LLaMA hold their weights, and what they compute. */
export interface LinearLayers {
  /** Parameters of the layer `name`, such as `layers.0.self_attn.q_proj`, with their official keys. */
  specs(name: string, sizes: LinearSizes, init: Init): Specs<ParamSpec>;
  /** The layer on `x` float32[...,in]; its parameters stand in `p` under `name`. Returns float32[...,out]. */
  apply(p: Tensors, name: string, x: Tensor): Tensor;
}

/** Official keys of layers are their names behind `model.`; the head's is its name. */
const keyOf = (name: string): string => (name.startsWith('layers.') ? `model.${name}` : name);

/** One matrix (out, in) a layer. */
export const plainLinears: LinearLayers = {
  specs: (name, sizes, init) => ({
    [`${name}.weight`]: { dims: [sizes.out, sizes.in], init, key: `${keyOf(name)}.weight` },
  }),
  apply: (p, name, x) => ops.linear(x, p[`${name}.weight`]!),
};

/** A LLaMA: its sizes, and its linear layers where they are not plain matrices. */
export interface LlamaForm extends LlamaSizes {
  readonly linears?: LinearLayers;
}

/** The linear layers of a form. */
export const linearsOf = ({ linears = plainLinears }: LlamaForm): LinearLayers => linears;

export interface LoraLinearsOptions {
  readonly adapters: LoraAdapters;
  /** The adapters that act. */
  readonly active: readonly string[];
  /** Last parts of the names of the layers that have adapters: `q_proj` and `v_proj` in the official training. */
  readonly targets: readonly string[];
}

/** Official rank, scale and layers of the adapters. @source train_sim4seg.py, lora_r, lora_alpha, lora_target_modules */
export const OFFICIAL_LORA: LoraLinearsOptions = {
  adapters: { default: { rank: 8, alpha: 16 } },
  active: ['default'],
  targets: ['q_proj', 'v_proj'],
};

/**
 * Plain layers, some of them with low-rank adapters beside; checkpoints hold the adapters under PEFT's keys.
 * @source peft 0.4, lora.Linear
 */
export function loraLinears({ adapters, active, targets }: LoraLinearsOptions): LinearLayers {
  const isTarget = (name: string): boolean => targets.includes(name.slice(name.lastIndexOf('.') + 1));
  return {
    specs: (name, sizes, init) => ({
      ...plainLinears.specs(name, sizes, init),
      ...(isTarget(name) && adapterSpecs(name, sizes, adapters)),
    }),
    apply: (p, name, x) =>
      isTarget(name) ? loraLinear(p, x, { layer: name, adapters, active }) : plainLinears.apply(p, name, x),
  };
}

function adapterSpecs(name: string, sizes: LinearSizes, adapters: LoraAdapters): Specs<ParamSpec> {
  const keyed = Object.values(loraSpecs(keyOf(name), sizes, adapters));
  const names = Object.keys(loraSpecs(name, sizes, adapters));
  return Object.fromEntries(names.map((own, i) => [own, keyed[i]!]));
}

export interface Int4LinearsOptions {
  /** Columns of a block. */
  readonly blockSize?: number;
  /** Whether the head is stored in blocks, too; converted bundles keep it as it is. */
  readonly head?: boolean;
  /** `float32` by default; `int8` is faster, and only for weights whose tokens were seen to agree. */
  readonly arithmetic?: Int4Arithmetic;
}

/**
 * Layers whose matrices are 4-bit integers in blocks of a row, as compute's `quantize` stores them: an eighth of the
 * memory, float32 arithmetic unless asked otherwise. Only what flows into a layer has a gradient.
 */
export function int4Linears(options: Int4LinearsOptions = {}): LinearLayers {
  const { blockSize = 32, head = false, arithmetic = 'float32' } = options;
  const isPlain = (name: string): boolean => !head && name.endsWith('lm_head');
  return {
    specs(name, sizes, init) {
      if (isPlain(name)) return plainLinears.specs(name, sizes, init);
      const shapes = blockShapes({ rows: sizes.out, columns: sizes.in, bits: 4, blockSize });
      const [names, keys] = [blockNames(`${name}.weight`, 'int4'), blockNames(`${keyOf(name)}.weight`, 'int4')];
      return {
        [names.packed]: { dtype: 'uint8', dims: shapes.packed, key: keys.packed },
        [names.scales]: { dims: shapes.scales, key: keys.scales },
        [names.zeros]: { dtype: 'uint8', dims: shapes.zeros, key: keys.zeros },
      };
    },
    apply(p, name, x) {
      if (isPlain(name)) return plainLinears.apply(p, name, x);
      const { packed, scales, zeros } = blockNames(`${name}.weight`, 'int4');
      return ops.linearInt4(x, { packed: p[packed]!, scales: p[scales]!, zeros: p[zeros]! }, null, { arithmetic });
    },
  };
}
