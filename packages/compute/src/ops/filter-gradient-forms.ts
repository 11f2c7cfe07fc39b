import type { Graph, Value } from '../trace/graph.js';
import { concatAlong, gemm, matMulOf, padWith, reduce, reshapeTo, sliceOf, transposeTo } from '../trace/nodes.js';
import type { Window } from './convolution-shape.js';

/** The window of the forward pass and the shape of the wanted gradient. */
export interface FilterGradientAttrs extends Window {
  readonly shape: readonly number[];
}

type Form = (graph: Graph, x: Value, dy: Value, attrs: FilterGradientAttrs) => Value;

/** Maps up to this side are one product over all images a tap; larger ones one product an image for all taps. */
const CHANNEL_MAJOR_SIDE = 32;

/** Row and column of every entry of a kernel, in row-major order. */
export function taps([, , rows = 0, columns = 0]: readonly number[]): [number, number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

/** dy x^T over the pixels, summed over images: float32[O, I]. */
function productOverImages(graph: Graph, x: Value, dy: Value): Value {
  const flat = (map: Value): Value => {
    const [batch = 0, channels = 0, height = 0, width = 0] = map.shape;
    return reshapeTo(graph, map, [batch, channels, height * width]);
  };
  return reduce(graph, 'ReduceSum', matMulOf(graph, flat(dy), flat(x), { transposeB: true }), [0], false);
}

/** Joins one matrix [O, I] a tap to [O, I, kh, kw]; a transpose is twice as fast here as joining single numbers. */
function joinTaps(graph: Graph, products: readonly Value[], shape: readonly number[]): Value {
  const rows = products.map((product) => reshapeTo(graph, product, [1, product.shape[0]! * product.shape[1]!]));
  return reshapeTo(graph, transposeTo(graph, concatAlong(graph, rows, 0), [1, 0]), shape);
}

/** Any window: the input as each tap saw it, and one product an image. */
const byTaps: Form = (graph, x, dy, { stride, pad, dilation, shape }) => {
  const size = [x.shape[0]!, x.shape[1]!, dy.shape[2]!, dy.shape[3]!];
  const padded = padWith(graph, x, [0, 0, pad, pad], [0, 0, pad, pad]);
  const products = taps(shape).map(([row, column]) => {
    const from = [0, 0, row * dilation, column * dilation];
    return productOverImages(graph, sliceOf(graph, padded, from, size, [1, 1, stride, stride]), dy);
  });
  return joinTaps(graph, products, shape);
};

/** Stride 1: both maps as [channels, images and pixels], and one large product a tap. */
const channelMajor: Form = (graph, x, dy, { pad, shape }) => {
  const [batch = 0, out = 0, height = 0, width = 0] = dy.shape;
  const inner = x.shape[1]!;
  const right = reshapeTo(graph, transposeTo(graph, dy, [1, 0, 2, 3]), [out, batch * height * width]);
  const padded = padWith(graph, transposeTo(graph, x, [1, 0, 2, 3]), [0, 0, pad, pad], [0, 0, pad, pad]);
  const products = taps(shape).map(([row, column]) => {
    const seen = sliceOf(graph, padded, [0, 0, row, column], [inner, batch, height, width]);
    return gemm(graph, right, reshapeTo(graph, seen, [inner, batch * height * width]), { transposeB: true });
  });
  return joinTaps(graph, products, shape);
};

/** The map moved along one axis by each of `kernel` offsets, zero outside, joined on the channel axis. */
function shifted(graph: Graph, map: Value, axis: number, pad: number, offsets: readonly number[]): Value {
  const along = (n: number): number[] => map.shape.map((_, i) => (i === axis ? n : 0));
  const padded = padWith(graph, map, along(pad), along(pad));
  const moved = offsets.map((offset) => sliceOf(graph, padded, along(offset), map.shape));
  return concatAlong(graph, moved, 1);
}

/** Same size: dy at every row offset against x at every column offset, all taps in one product an image. */
const stacked: Form = (graph, x, dy, { pad, shape: [out = 0, inner = 0, side = 0] }) => {
  const offsets = Array.from({ length: side }, (_, i) => i);
  const rows = shifted(graph, dy, 2, pad, [...offsets].reverse());
  const product = productOverImages(graph, shifted(graph, x, 3, pad, offsets), rows);
  return transposeTo(graph, reshapeTo(graph, product, [side, out, side, inner]), [1, 3, 0, 2]);
};

/** The recorded form that is fastest for this window and map. */
export function filterGradientForm(x: Value, { stride, pad, dilation, shape }: FilterGradientAttrs): Form {
  const [, , rows = 0, columns = 0] = shape;
  if (stride !== 1 || dilation !== 1 || (rows === 1 && columns === 1)) return byTaps;
  const small = Math.max(x.shape[2]!, x.shape[3]!) <= CHANNEL_MAJOR_SIDE;
  if (small) return channelMajor;
  return rows === columns && rows === 2 * pad + 1 ? stacked : byTaps;
}
