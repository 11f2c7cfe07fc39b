import { Sim4SegError } from '@sim4seg/core';

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** NumPy's rule: shapes are aligned at the right, and an axis of 1 stretches. @throws SHAPE_MISMATCH */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new Sim4SegError('SHAPE_MISMATCH', {
        must: 'shapes that meet in one operation are equal or 1 on each axis, counted from the right',
        got: `[${a.join(', ')}] and [${b.join(', ')}]`,
        fix: 'reshape or expandDims one of them, so that the axes line up',
      });
    }
    return m === 1 ? n : m;
  });
}

/** Axes as positive numbers in rising order; none given means all. */
export function resolveAxes(rank: number, axes?: number | readonly number[]): number[] {
  const list =
    axes === undefined ? Array.from({ length: rank }, (_, i) => i) : typeof axes === 'number' ? [axes] : axes;
  return [...new Set(list.map((axis) => resolveAxis(rank, axis)))].sort((a, b) => a - b);
}

/** @throws SHAPE_MISMATCH where the axis does not exist. */
export function resolveAxis(rank: number, axis: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank) {
    throw new Sim4SegError('SHAPE_MISMATCH', {
      must: `an axis of a rank ${rank} tensor is a whole number from ${-rank} to ${rank - 1}`,
      got: `axis ${axis}`,
      fix: 'name an axis that the tensor has',
    });
  }
  return positive;
}

export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((n, i) => (axes.includes(i) ? 1 : n));
  return shape.filter((_, i) => !axes.includes(i));
}

/** The axes over which a gradient of shape `from` is summed to fit an operand of shape `to`. */
export function broadcastAxes(from: readonly number[], to: readonly number[]): number[] {
  const extra = from.length - to.length;
  return from.map((_, i) => i).filter((i) => i < extra || (to[i - extra] === 1 && from[i] !== 1));
}

/** @throws SHAPE_MISMATCH unless `holds`. */
export function mustFit(holds: boolean, op: string, must: string, got: string): asserts holds {
  if (holds) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${op}: ${must}`,
    got,
    fix: `call ${op} with tensors of the shapes that its comment names`,
  });
}

export function describeShapes(...tensors: readonly { readonly shape: readonly number[] }[]): string {
  return tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
}
