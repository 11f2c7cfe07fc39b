import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { emit } from '../trace/nodes.js';
import { convolvedShape } from './convolution-shape.js';
import type { Window } from './convolution-shape.js';
import { filterGradient } from './convolution-filter-gradient.js';
import { inputGradient } from './convolution-input-gradient.js';
import { depthToSpace, spaceToDepth } from './rearrange.js';
import { sum } from './reduce.js';
import { broadcastTo, concat, expandDims, reshape, split, transpose } from './shape.js';

export interface Conv2dOptions {
  /** float32[O] */
  readonly bias?: Tensor | null | undefined;
  /** Step of the window in pixels, 1 by default. */
  readonly stride?: number;
  /** Zeros around the map in pixels, 0 by default. */
  readonly pad?: number;
  /** Distance of neighbouring kernel entries in pixels, 1 by default. */
  readonly dilation?: number;
  /** Parts of the channels that are convolved apart, 1 by default; gradients of many groups are slow. */
  readonly groups?: number;
}

interface ConvolutionAttrs extends Window {
  readonly groups: number;
}

const TO_CHANNELS_LAST = [0, 2, 3, 1];
const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_HWIO = [2, 3, 1, 0];

/** The back ends of tfjs have channels last in common; stride and dilation together they refuse. */
function eagerConvolution(x: Tensor, weight: Tensor, { stride, pad, dilation }: Window): Tensor {
  const sides: [number, number] = [pad, pad];
  const padded = tf.pad(tf.transpose(x, TO_CHANNELS_LAST), [[0, 0], sides, sides, [0, 0]]) as tf.Tensor4D;
  const filter = tf.transpose(weight, TO_HWIO) as tf.Tensor4D;
  const step = dilation === 1 ? stride : 1;
  const result = tf.conv2d(padded, filter, step, 'valid', 'NHWC', dilation);
  const thinned =
    step === stride ? result : tf.stridedSlice(result, [0, 0, 0, 0], result.shape, [1, stride, stride, 1]);
  return tf.transpose(thinned, TO_CHANNELS_FIRST);
}

function eagerGroups([x, weight, bias]: readonly Tensor[], { groups, ...window }: ConvolutionAttrs): Tensor {
  const filters = tf.split(weight!, groups, 0);
  const parts = tf.split(x!, groups, 1).map((part, i) => eagerConvolution(part, filters[i]!, window));
  const result = tf.concat(parts, 1);
  return bias ? tf.add(result, tf.reshape(bias, [1, -1, 1, 1])) : result;
}

/** A gradient of each group, joined on an axis. */
function byGroups(
  [a, b]: readonly [Tensor, Tensor],
  [first, second]: readonly [number, number],
  { groups, axis }: { readonly groups: number; readonly axis: number },
  gradient: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const others = split(b, groups, second);
  return concat(
    split(a, groups, first).map((part, i) => gradient(part, others[i]!)),
    axis,
  );
}

const runConvolution = defineKernel<ConvolutionAttrs>({
  name: 'Conv2d',
  eager: eagerGroups,
  onnx: (graph, inputs, attrs) => {
    const { stride, pad, dilation, groups } = attrs;
    const shape = convolvedShape(inputs[0]!, inputs[1]!, attrs, groups);
    const attributes = {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      ...(dilation !== 1 && { dilations: [dilation, dilation] }),
      ...(groups !== 1 && { group: groups }),
    };
    return emit(graph, 'Conv', inputs, { shape, dtype: 'float32' }, attributes);
  },
  gradient: ({ dy, inputs: [x, weight], attrs: { groups, stride, pad, dilation } }) => {
    const window = { stride, pad, dilation };
    const partOf = ([batch = 0, channels = 0, ...map]: readonly number[]): number[] => [
      batch,
      channels / groups,
      ...map,
    ];
    const filterOf = ([out = 0, ...rest]: readonly number[]): number[] => [out / groups, ...rest];
    return [
      () =>
        byGroups([dy, weight!], [1, 0], { groups, axis: 1 }, (part, filter) =>
          inputGradient(part, filter, { ...window, shape: partOf(x!.shape) }),
        ),
      () =>
        byGroups([x!, dy], [1, 1], { groups, axis: 0 }, (part, slope) =>
          filterGradient(part, slope, { ...window, shape: filterOf(weight!.shape) }),
        ),
      () => sum(dy, [0, 2, 3]),
    ];
  },
});

/** Windows that touch without overlap are a product over blocks: no gradient has to scatter. */
function patchConvolution(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const [out = 0, inner = 0, block = 1] = weight.shape;
  const flat = reshape(weight, [out, inner * block * block, 1, 1]);
  return conv2d(spaceToDepth(x, block), flat, { bias });
}

function isPatch(x: Tensor, weight: Tensor, { stride, pad, dilation, groups }: ConvolutionAttrs): boolean {
  const [, , rows, columns] = weight.shape;
  const square = dilation === 1 && groups === 1 && rows === stride && columns === stride && stride > 1 && pad === 0;
  return square && x.shape[2]! % stride === 0 && x.shape[3]! % stride === 0;
}

/**
 * Cross-correlation as torch's conv2d, with equal stride, padding and dilation on both axes.
 * Gradients are products, slices and pads alone, so that back ends without gradients of convolutions train too.
 * @param x float32[B, I, H, W]
 * @param weight float32[O, I / groups, kh, kw]
 * @returns float32[B, O, floor((H + 2 pad - dilation (kh - 1) - 1) / stride) + 1, likewise for W]
 * @throws SHAPE_MISMATCH
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { bias = null, stride = 1, pad = 0, dilation = 1, groups = 1 } = options;
  const attrs = { stride, pad, dilation, groups };
  convolvedShape(x, weight, attrs, groups);
  if (bias) expectBias('conv2d', bias, weight.shape[0]!);
  if (isPatch(x, weight, attrs)) return patchConvolution(x, weight, bias);
  return runConvolution(bias ? [x, weight, bias] : [x, weight], attrs)[0]!;
}

function expectBias(op: string, bias: Tensor, out: number): void {
  mustFit(bias.rank === 1 && bias.shape[0] === out, op, `bias is [${out}]`, describeShapes(bias));
}

/**
 * Doubles height and width as torch's ConvTranspose2d with kernel 2 and stride 2: a 1 x 1 convolution to four times
 * the channels, then {@link depthToSpace}.
 * @param x float32[B, I, H, W]
 * @param weight float32[I, O, 2, 2]
 * @param bias float32[O]
 * @returns float32[B, O, 2 H, 2 W]
 * @throws SHAPE_MISMATCH
 */
export function convTranspose2x2(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const [inner, out = 0, rows, columns] = weight.shape;
  const fits = x.rank === 4 && weight.rank === 4 && x.shape[1] === inner && rows === 2 && columns === 2;
  mustFit(fits, 'convTranspose2x2', 'x is [B, I, H, W], weight [I, O, 2, 2]', describeShapes(x, weight));
  if (bias) expectBias('convTranspose2x2', bias, out);
  const flat = reshape(transpose(reshape(weight, [inner!, out * 4])), [out * 4, inner!, 1, 1]);
  const spread = bias ? reshape(broadcastTo(expandDims(bias, 1), [out, 4]), [out * 4]) : null;
  return depthToSpace(conv2d(x, flat, { bias: spread }), 2);
}
