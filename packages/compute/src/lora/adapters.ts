import { Sim4SegError } from '@sim4seg/core';
import type { ParamSpec } from '../program.js';

/** A low-rank change of linear layers: y = W x + alpha / rank * B (A x). */
export interface LoraAdapter {
  readonly rank: number;
  readonly alpha: number;
}

/** Adapters by name. */
export type LoraAdapters = Readonly<Record<string, LoraAdapter>>;

export interface LinearSizes {
  readonly in: number;
  readonly out: number;
}

/** Names of an adapter's two matrices beside the weight of the layer `layer` ('' for a layer without a prefix). */
export function loraNames(layer: string, adapter: string): { readonly a: string; readonly b: string } {
  const prefix = layer === '' ? '' : `${layer}.`;
  return { a: `${prefix}lora_A.${adapter}.weight`, b: `${prefix}lora_B.${adapter}.weight` };
}

/**
 * Parameters of the adapters of one linear layer: A float32[rank, in], uniform within 1 / sqrt(in), and B
 * float32[out, rank], zero, so that a fresh adapter changes nothing. Checkpoints hold them under PEFT's keys.
 * @throws PROGRAM_INVALID for a rank that is no whole number above 0, or a name with a dot
 * @source peft 0.4, LoraLayer.reset_lora_parameters
 */
export function loraSpecs(layer: string, sizes: LinearSizes, adapters: LoraAdapters): Record<string, ParamSpec> {
  const entries = Object.entries(adapters).flatMap(([adapter, settings]) => {
    expectAdapter(adapter, settings);
    const { a, b } = loraNames(layer, adapter);
    const { rank } = settings;
    return [
      [a, { dims: [rank, sizes.in], init: { fanIn: 1 }, key: peftKey(layer, 'lora_A') }],
      [b, { dims: [sizes.out, rank], init: 'zeros', key: peftKey(layer, 'lora_B') }],
    ] as const;
  });
  return Object.fromEntries(entries);
}

export const PEFT_PREFIX = 'base_model.model.';

function peftKey(layer: string, matrix: string): string {
  return `${PEFT_PREFIX}${layer === '' ? '' : `${layer}.`}${matrix}.weight`;
}

function expectAdapter(name: string, { rank, alpha }: LoraAdapter): void {
  if (/^[^.]+$/.test(name) && Number.isInteger(rank) && rank > 0 && Number.isFinite(alpha)) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: 'an adapter has a name without dots, a whole rank above 0 and a finite alpha',
    got: `'${name}' with rank ${rank} and alpha ${alpha}`,
    fix: 'write for example { default: { rank: 8, alpha: 16 } }',
  });
}

/** @throws PROGRAM_INVALID for an adapter that nobody declared */
export function adapterOf(adapters: LoraAdapters, name: string): LoraAdapter {
  const adapter = adapters[name];
  if (adapter) return adapter;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `the adapter '${name}' is declared`,
    got: `adapters ${Object.keys(adapters).join(', ') || '(none)'}`,
    fix: 'choose one of these, or declare it',
  });
}

/** A pattern for `trainable`: the matrices of one adapter in all layers and nothing else. */
export function loraPattern(adapter: string): string {
  return `(^|\\.)lora_[AB]\\.${adapter.replace(/[^\w-]/g, '\\$&')}\\.weight$`;
}
