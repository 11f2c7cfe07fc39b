import type { ModelBundle } from '@sim4seg/core';
import { int4Linears, loraLinears } from '../llama/linear-layers.js';
import type { LlavaForm } from '../llava/sizes.js';
import { int4ArithmeticOf } from './int4-part.js';
import { LLAVA_PARTS, LlavaLoraSchema, readLlavaSizes } from './part.js';

export interface LlavaFormOptions {
  /** How the LVLM's linear layers are stored. */
  readonly precision: 'float' | 'int4';
}

/**
 * The LLaVA of a bundle as its weights are stored: plain, with an adapter beside, or in 4-bit blocks.
 * @throws BUNDLE_DAMAGED
 */
export function llavaFormOf(bundle: Pick<ModelBundle, 'name' | 'parts'>, { precision }: LlavaFormOptions): LlavaForm {
  const sizes = readLlavaSizes(bundle);
  const lora = LlavaLoraSchema.safeParse(bundle.parts[LLAVA_PARTS.lora]).data;
  if (precision === 'int4') {
    const linears = int4Linears({ arithmetic: int4ArithmeticOf(bundle.parts) });
    return { ...sizes, llama: { ...sizes.llama, linears } };
  }
  if (!lora) return sizes;
  const { rank, alpha, targets } = lora;
  const linears = loraLinears({ adapters: { default: { rank, alpha } }, active: ['default'], targets });
  return { ...sizes, llama: { ...sizes.llama, linears } };
}
