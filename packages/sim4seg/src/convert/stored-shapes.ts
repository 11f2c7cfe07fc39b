import { blockNames, openWeights, parseQuantization } from '@sim4seg/compute/node';

/** Shapes of stored tensors by name. */
export type StoredShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Shapes in a weights file; a matrix in blocks counts as the matrix that it was. @throws WEIGHTS_INVALID */
export async function storedShapes(path: string): Promise<StoredShapes> {
  await using reader = await openWeights(path);
  const shapes = new Map<string, { readonly shape: readonly number[] }>(reader.entries);
  const note = parseQuantization(reader.metadata);
  for (const [name, shape] of Object.entries(note?.matrices ?? {})) {
    const parts = Object.values(blockNames(name, note?.dtype ?? 'int4'));
    if (!parts.every((part) => shapes.delete(part))) continue;
    shapes.set(name, { shape });
  }
  return shapes;
}
