import { sizeOf } from '../../kernel/shapes.js';
import { attribute, axisOf, like, must, shapeOf, typeOf } from './infer.js';
import type { InferenceRule, NodeContext } from './infer.js';

/** ONNX numbers of element types, as Cast names them. */
const TYPES = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  5: 'int16',
  11: 'float64',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  16: 'bfloat16',
} as const;

const reshape: InferenceRule = (context) => {
  const target = context.numbers(1);
  if (!target) return null;
  const from = shapeOf(context, 0);
  const kept = target.map((n, i) => (n === 0 ? from[i]! : n));
  const known = sizeOf(kept.filter((n) => n !== -1));
  const shape = kept.map((n) => (n === -1 ? sizeOf(from) / known : n));
  must(sizeOf(shape) === sizeOf(from), `[${from}] and [${shape}] hold equally many elements`);
  return like(context, shape);
};

const transpose: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  const perm = attribute<readonly number[]>(context, 'perm', []);
  must(
    [...perm].sort((a, b) => a - b).every((axis, i) => axis === i),
    `perm [${perm}] holds every axis once`,
  );
  must(perm.length === from.length, `perm [${perm}] is as long as [${from}]`);
  return like(context, perm.map((axis) => from[axis]!)); // prettier-ignore
};

const concat: InferenceRule = (context) => {
  const [first, ...others] = context.inputs.map((_, i) => shapeOf(context, i)) as [readonly number[]];
  const axis = axisOf(attribute(context, 'axis', 0), first.length);
  const same = [first, ...others].every((shape) => {
    return shape.length === first.length && shape.every((n, i) => i === axis || n === first[i]);
  });
  must(same, `the operands agree but for axis ${axis}`);
  const total = [first, ...others].reduce((sum, shape) => sum + shape[axis]!, 0);
  return like(context, first.map((n, i) => (i === axis ? total : n))); // prettier-ignore
};

/** First and last positions are counted from the end where negative, and end inside the axis. */
function sliced(size: number, start: number, end: number, step: number): number {
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
  const first = step > 0 ? clamp(from, 0, size) : clamp(from, 0, size - 1);
  const last = step > 0 ? clamp(to, 0, size) : clamp(to, -1, size - 1);
  return Math.max(0, Math.ceil((last - first) / step));
}

const slice: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((position) => context.numbers(position));
  if (!starts || !ends) return null;
  const shape = [...from];
  starts.forEach((start, i) => {
    const axis = axisOf(axes?.[i] ?? i, from.length);
    shape[axis] = sliced(from[axis]!, start, ends[i]!, steps?.[i] ?? 1);
  });
  return like(context, shape);
};

const pad: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  const around = context.numbers(1);
  if (!around) return null;
  must(around.length === 2 * from.length, `there are two paddings for each axis of [${from}]`);
  return like(context, from.map((n, i) => n + around[i]! + around[i + from.length]!)); // prettier-ignore
};

const expand: InferenceRule = (context) => {
  const target = context.numbers(1);
  if (!target) return null;
  const from = shapeOf(context, 0);
  const rank = Math.max(from.length, target.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const [m, n] = [from[i - rank + from.length] ?? 1, target[i - rank + target.length] ?? 1];
    must(m === n || m === 1 || n === 1, `[${from}] stretches to [${target}]`);
    return Math.max(m, n);
  });
  return like(context, shape);
};

const split: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  const sizes = context.numbers(1);
  if (!sizes) return null;
  const axis = axisOf(attribute(context, 'axis', 0), from.length);
  must(sizes.reduce((a, b) => a + b, 0) === from[axis], `${sizes.join(' + ')} is axis ${axis} of [${from}]`);
  return sizes.map((size) => ({ shape: from.map((n, i) => (i === axis ? size : n)), dtype: typeOf(context, 0) }));
};

const tile: InferenceRule = (context) => {
  const repeats = context.numbers(1);
  return repeats ? like(context, shapeOf(context, 0).map((n, i) => n * repeats[i]!)) : null; // prettier-ignore
};

const gather: InferenceRule = (context) => {
  const [from, indices] = [shapeOf(context, 0), shapeOf(context, 1)];
  const axis = axisOf(attribute(context, 'axis', 0), from.length);
  return like(context, [...from.slice(0, axis), ...indices, ...from.slice(axis + 1)]);
};

const gatherNd: InferenceRule = (context) => {
  const [from, indices] = [shapeOf(context, 0), shapeOf(context, 1)];
  return like(context, [...indices.slice(0, -1), ...from.slice(indices.at(-1)!)]);
};

const shape: InferenceRule = (context) => {
  const rank = shapeOf(context, 0).length;
  const [start, end] = [attribute(context, 'start', 0), attribute(context, 'end', rank)];
  return [{ shape: [Math.min(end, rank) - start], dtype: 'int64' }];
};

const squeeze: InferenceRule = (context) => {
  const axes = context.inputs[1] ? context.numbers(1) : undefined;
  const from = shapeOf(context, 0);
  return like(context, from.filter((n, i) => (axes ? !axes.includes(i) : n !== 1))); // prettier-ignore
};

const sameAs =
  (position: number): InferenceRule =>
  (context) =>
    like(context, shapeOf(context, position), position);

const cast: InferenceRule = (context) => {
  const dtype = TYPES[attribute(context, 'to', 0) as keyof typeof TYPES];
  must(dtype !== undefined, 'to names a known type');
  return [{ shape: shapeOf(context, 0), dtype }];
};

function expectUpdates(context: NodeContext): void {
  const [indices, updates] = [shapeOf(context, 1), shapeOf(context, 2)];
  const rest = shapeOf(context, 0).slice(indices.at(-1)!);
  const wanted = [...indices.slice(0, -1), ...rest];
  must(wanted.join() === updates.join(), `the updates [${updates}] are [${wanted}]`);
}

const scatterNd: InferenceRule = (context) => {
  expectUpdates(context);
  return like(context, shapeOf(context, 0));
};

/** Operators that move, cut, join and pick. */
export const SHAPE_RULES: Readonly<Record<string, InferenceRule>> = {
  Cast: cast,
  Concat: concat,
  Expand: expand,
  Gather: gather,
  GatherElements: (context) => like(context, shapeOf(context, 1)),
  GatherND: gatherNd,
  Identity: sameAs(0),
  Pad: pad,
  Reshape: reshape,
  ScatterElements: sameAs(0),
  ScatterND: scatterNd,
  Shape: shape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: sameAs(0),
};
