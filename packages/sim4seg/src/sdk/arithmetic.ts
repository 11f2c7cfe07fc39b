import { int4ArithmeticOf } from '@sim4seg/backbones/inference';
import type { OpenBundle } from '@sim4seg/compute/bundle';

/** What the record of a run says about the arithmetic of weights in 4-bit blocks; nothing where there are none. */
export function recordedArithmetic({
  manifest,
  parts,
}: Pick<OpenBundle, 'manifest' | 'parts'>): Readonly<Record<string, string>> {
  const inBlocks = Object.values(manifest.weightSets).some(({ precision }) => precision === 'int4');
  return inBlocks ? { int4Arithmetic: int4ArithmeticOf(parts) } : {};
}
