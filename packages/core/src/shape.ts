import { Sim4SegError } from './errors.js';

/** One dimension: a number, or the name of a symbol that stands for one number throughout a call. */
export type ShapeDim = number | string;

/** What {@link expectShape} looks at: a shape alone, or a value that carries one. */
export type Shaped = readonly number[] | { readonly shape: readonly number[] };

/**
 * Checks a shape against declared dimensions and binds their symbols. Pass the same `symbols` record for several
 * tensors to check that they agree.
 * @returns the symbols with their values
 * @throws SHAPE_MISMATCH when rank, a number or a bound symbol differs
 * @example expectShape('regionPrior', prior, [1, 1, 'side', 'side'])
 */
export function expectShape(
  name: string,
  value: Shaped,
  dims: readonly ShapeDim[],
  symbols: Record<string, number> = {},
): Record<string, number> {
  const shape: readonly number[] = 'shape' in value ? value.shape : value;
  const before = { ...symbols };
  const fits = shape.length === dims.length && dims.every((dim, axis) => bindDim(dim, shape[axis] ?? -1, symbols));
  if (fits) return symbols;
  const bound = Object.entries(before).map(([symbol, size]) => `${symbol}=${size}`);
  const known = bound.length > 0 ? ` with ${bound.join(', ')}` : '';
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${name} has the shape [${dims.join(', ')}]${known}`,
    got: `[${shape.join(', ')}]`,
    fix: `give ${name} in the declared layout, batch axis included`,
  });
}

/** Checks that all values are finite. @throws NOT_FINITE with the first offending index */
export function expectFinite(name: string, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new Sim4SegError('NOT_FINITE', {
      must: `${name} holds finite numbers only`,
      got: `${String(data[i])} at index ${i}`,
      fix: 'look for a division by zero or an overflow in the part that made it',
    });
  }
}

function bindDim(dim: ShapeDim, size: number, symbols: Record<string, number>): boolean {
  if (typeof dim === 'number') return dim === size;
  const bound = symbols[dim];
  if (bound !== undefined) return bound === size;
  symbols[dim] = size;
  return true;
}
