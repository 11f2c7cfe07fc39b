import { z } from 'zod';

/** Entry of a manifest's `parts` that says how products with 4-bit blocks are computed. */
export const LLAVA_INT4_PART = 'llava-int4';

const Int4PartSchema = z.object({ arithmetic: z.enum(['float32', 'int8']) });

/**
 * The arithmetic of a bundle's 4-bit products: `float32` unless the manifest names the fast one, which stands there only
 * for weights that passed `tokenAgreement`.
 */
export function int4ArithmeticOf(parts: Readonly<Record<string, unknown>>): 'float32' | 'int8' {
  return Int4PartSchema.safeParse(parts[LLAVA_INT4_PART]).data?.arithmetic ?? 'float32';
}
