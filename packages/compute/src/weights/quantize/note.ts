import { z } from 'zod';
import { invalidWeights } from '../invalid.js';
import type { BlockForm } from './blocks.js';

/** Precisions that weights can be rounded to. */
export type QuantizedType = 'int4' | 'int8' | 'float16';

/** Key of the note in a safetensors file's metadata. */
export const quantizationKey = 'quantization';

const noteSchema = z.object({
  version: z.literal(1),
  dtype: z.enum(['int4', 'int8']),
  blockSize: z.number().int().positive(),
  matrices: z.record(z.string(), z.tuple([z.number().int().positive(), z.number().int().positive()])),
});

/** What a file says of its matrices in blocks. */
export interface QuantizationNote {
  readonly version: 1;
  readonly dtype: 'int4' | 'int8';
  readonly blockSize: number;
  /** Shapes of the matrices that are stored in blocks: [outputs, inputs]. */
  readonly matrices: Readonly<Record<string, readonly [number, number]>>;
}

/** Names of the three tensors that a matrix in blocks is stored as. */
export function blockNames(name: string, dtype: 'int4' | 'int8'): { packed: string; scales: string; zeros: string } {
  return { packed: `${name}.${dtype}`, scales: `${name}.scales`, zeros: `${name}.zeros` };
}

/** Reads the note of a file; null where it holds no matrices in blocks. @throws WEIGHTS_INVALID for a damaged note */
export function parseQuantization(metadata: Readonly<Record<string, string>>): QuantizationNote | null {
  const text = metadata[quantizationKey];
  if (text === undefined) return null;
  const result = noteSchema.safeParse(toTree(text));
  if (result.success) return result.data;
  throw invalidWeights('the quantization of the metadata must be a note of version 1', text.slice(0, 80));
}

/** How one matrix of a file is stored. @throws WEIGHTS_INVALID where it is not in blocks */
export function blockFormOf({ matrices, dtype, blockSize }: QuantizationNote, name: string): BlockForm {
  const shape = Object.hasOwn(matrices, name) ? matrices[name] : undefined;
  if (!shape) throw invalidWeights(`"${name}" must be stored in blocks`, `${Object.keys(matrices).length} others are`);
  return { rows: shape[0], columns: shape[1], bits: dtype === 'int4' ? 4 : 8, blockSize };
}

function toTree(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
