import { backend_util, slice_util } from '@tensorflow/tfjs-core';
import type { GraphType, Graph, Value } from '../graph.js';
import {
  castTo,
  compare,
  concatAlong,
  emit,
  expandTo,
  indexVector,
  padWith,
  reshapeTo,
  scalarValue,
  sliceOf,
  transposeTo,
} from '../nodes.js';
import { resolveAxis, sizeOf } from '../../kernel/shapes.js';
import { mustRecord, rule } from './rule.js';

/** Where a slice that walks backwards ends when it takes the first entry as well. */
const BEFORE_FIRST = -Number.MAX_SAFE_INTEGER;

const withAxis = (shape: readonly number[], axis: number): number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)]; // prettier-ignore
const withoutAxis = (shape: readonly number[], axis: number): number[] => shape.filter((_, i) => i !== axis);

rule<{ dim: number }>('ExpandDims', (graph, [x], { dim }) =>
  reshapeTo(graph, x!, withAxis(x!.shape, resolveAxis(x!.shape.length + 1, dim))),
);
rule<{ perm: number[] }>('Transpose', (graph, [x], { perm }) => transposeTo(graph, x!, perm));
rule<{ axis: number }>('Concat', (graph, xs, { axis }) => {
  return concatAlong(graph, xs, resolveAxis(xs[0]!.shape.length, axis));
});
rule<{ axis: number }>('Pack', (graph, xs, { axis }) => {
  const at = resolveAxis(xs[0]!.shape.length + 1, axis);
  const raised = xs.map((x) => reshapeTo(graph, x, withAxis(x.shape, at)));
  return raised.length === 1 ? raised[0]! : concatAlong(graph, raised, at);
});

function split(graph: Graph, x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  if (sizes.length === 1) return [x];
  const outputs = sizes.map((n) => ({ shape: x.shape.map((m, i) => (i === axis ? n : m)), dtype: x.dtype }));
  return graph.node('Split', [x, indexVector(graph, sizes)], outputs, { axis });
}

rule<{ numOrSizeSplits: number | number[]; axis: number }>('SplitV', (graph, [x], { numOrSizeSplits, axis }) => {
  const at = resolveAxis(x!.shape.length, axis);
  const shaped = { shape: [...x!.shape] } as Parameters<typeof backend_util.prepareSplitSize>[0];
  return split(graph, x!, backend_util.prepareSplitSize(shaped, numOrSizeSplits, at), at);
});
rule<{ axis: number }>('Unpack', (graph, [x], { axis }) => {
  const at = resolveAxis(x!.shape.length, axis);
  const pieces = split(graph, x!, new Array<number>(x!.shape[at]!).fill(1), at);
  return pieces.map((piece) => reshapeTo(graph, piece, withoutAxis(x!.shape, at)));
});

type Sliced = Parameters<typeof slice_util.parseSliceParams>[0];

rule<{ begin: number | number[]; size: number | number[] }>('Slice', (graph, [x], { begin, size }) => {
  const shaped = { shape: [...x!.shape], rank: x!.shape.length } as unknown as Sliced;
  const [from, count] = slice_util.parseSliceParams(shaped, begin, size);
  return sliceOf(graph, x!, from!, count!);
});

interface StridedAttrs {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

rule<StridedAttrs>('StridedSlice', (graph, [x], attrs) => {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  const info = slice_util.sliceInfo([...x!.shape], attrs.begin, attrs.end, attrs.strides, ...masks);
  const ends = info.end.map((end, i) => (info.strides[i]! < 0 && end < 0 ? BEFORE_FIRST : end));
  const axes = x!.shape.map((_, i) => i);
  const vectors = [info.begin, ends, axes, info.strides].map((xs) => indexVector(graph, xs));
  const output = { shape: info.finalShapeSparse, dtype: x!.dtype };
  const cut = info.isIdentity ? x! : emit(graph, 'Slice', [x!, ...vectors], output);
  return reshapeTo(graph, cut, info.finalShape);
});
rule<{ dims: number | number[] }>('Reverse', (graph, [x], { dims }) => {
  const axes = [dims].flat().map((axis) => resolveAxis(x!.shape.length, axis));
  if (axes.length === 0) return x!;
  const all = (n: number): Value => indexVector(graph, new Array<number>(axes.length).fill(n));
  return emit(graph, 'Slice', [x!, all(-1), all(BEFORE_FIRST), indexVector(graph, axes), all(-1)], x!);
});

interface PadAttrs {
  readonly paddings: readonly (readonly [number, number])[];
  readonly constantValue: number;
}

const sides = ({ paddings }: PadAttrs): [number[], number[]] => [
  paddings.map(([before]) => before),
  paddings.map(([, after]) => after),
];

rule<PadAttrs>('PadV2', (graph, [x], attrs) => padWith(graph, x!, ...sides(attrs), attrs.constantValue));
rule<PadAttrs & { mode: 'reflect' | 'symmetric' }>('MirrorPad', (graph, [x], attrs) => {
  mustRecord(attrs.mode === 'reflect', 'MirrorPad', `mode '${attrs.mode}'`);
  const [before, after] = sides(attrs);
  const output = { shape: x!.shape.map((n, i) => n + before[i]! + after[i]!), dtype: x!.dtype };
  return emit(graph, 'Pad', [x!, indexVector(graph, [...before, ...after])], output, { mode: 'reflect' });
});
rule<{ reps: number[] }>('Tile', (graph, [x], { reps }) => {
  if (reps.every((n) => n === 1)) return x!;
  const output = { shape: x!.shape.map((n, i) => n * reps[i]!), dtype: x!.dtype };
  return emit(graph, 'Tile', [x!, indexVector(graph, reps)], output);
});
rule<{ shape: number[] }>('BroadcastTo', (graph, [x], { shape }) => expandTo(graph, x!, shape));

const filled = (graph: Graph, value: number, shape: readonly number[], dtype: GraphType): Value =>
  expandTo(graph, scalarValue(graph, value, dtype), shape);

rule('ZerosLike', (graph, [x]) => filled(graph, 0, x!.shape, x!.dtype));
rule('OnesLike', (graph, [x]) => filled(graph, 1, x!.shape, x!.dtype));
rule<{ shape: number[]; value: number; dtype?: GraphType }>('Fill', (graph, _, { shape, value, dtype }) =>
  filled(graph, value, shape, dtype ?? 'float32'),
);

function numbers(graph: Graph, count: number, at: (i: number) => number, dtype: GraphType): Value {
  const list = Array.from({ length: count }, (_, i) => at(i));
  return graph.constant(dtype === 'int32' ? Int32Array.from(list) : Float32Array.from(list), [count], dtype);
}

rule<{ start: number; stop: number; step: number; dtype: GraphType }>('Range', (graph, _, attrs) => {
  const { start, stop, dtype } = attrs;
  const step = stop < start && attrs.step === 1 ? -1 : attrs.step;
  return numbers(graph, Math.max(0, Math.ceil((stop - start) / step)), (i) => start + i * step, dtype);
});
rule<{ start: number; stop: number; num: number }>('LinSpace', (graph, _, { start, stop, num }) => {
  return numbers(graph, num, (i) => start + (i * (stop - start)) / Math.max(1, num - 1), 'float32');
});

interface OneHotAttrs {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype?: GraphType;
}

rule<OneHotAttrs>('OneHot', (graph, [ids], { depth, onValue, offValue, dtype = 'int32' }) => {
  const column = reshapeTo(graph, ids!, [...ids!.shape, 1]);
  const hit = compare(graph, 'Equal', column, numbers(graph, depth, (i) => i, 'int32')); // prettier-ignore
  const [on, off] = [onValue, offValue].map((x) => scalarValue(graph, x, dtype));
  return emit(graph, 'Where', [hit, on!, off!], { shape: hit.shape, dtype });
});

rule<{ axis: number; batchDims?: number }>('GatherV2', (graph, [x, indices], { axis, batchDims = 0 }) => {
  mustRecord(batchDims === 0, 'GatherV2', `batchDims ${batchDims}`);
  const at = resolveAxis(x!.shape.length, axis);
  const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)];
  return emit(graph, 'Gather', [x!, indices!], { shape, dtype: x!.dtype }, { axis: at });
});
rule('GatherNd', (graph, [x, indices]) => {
  const depth = indices!.shape.at(-1)!;
  const shape = [...indices!.shape.slice(0, -1), ...x!.shape.slice(depth)];
  return emit(graph, 'GatherND', [x!, castTo(graph, indices!, 'int64')], { shape, dtype: x!.dtype });
});
rule<{ shape: number[] }>('ScatterNd', (graph, [indices, updates], { shape }) => {
  const zeros = filled(graph, 0, shape, updates!.dtype);
  return emit(graph, 'ScatterND', [zeros, castTo(graph, indices!, 'int64'), updates!], zeros, { reduction: 'add' });
});
rule<{ numSegments: number }>('UnsortedSegmentSum', (graph, [x, ids], { numSegments }) => {
  const rest = x!.shape.slice(ids!.shape.length);
  const [rows, width] = [sizeOf(ids!.shape), sizeOf(rest)];
  const flat = reshapeTo(graph, x!, [rows, width]);
  const spread = expandTo(graph, reshapeTo(graph, castTo(graph, ids!, 'int64'), [rows, 1]), [rows, width]);
  const zeros = filled(graph, 0, [numSegments, width], x!.dtype);
  const sums = emit(graph, 'ScatterElements', [zeros, spread, flat], zeros, { axis: 0, reduction: 'add' });
  return reshapeTo(graph, sums, [numSegments, ...rest]);
});
