import { backend_util } from '@tensorflow/tfjs-core';
import type { Graph, Value } from '../graph.js';
import { emit, reshapeTo, transposeTo } from '../nodes.js';
import { mustRecord, rule } from './rule.js';

type Shape4 = [number, number, number, number];
type Pad = Parameters<typeof backend_util.computeConv2DInfo>[4];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

const shape4 = (shape: readonly number[]): Shape4 => [...shape] as Shape4;
const first = (graph: Graph, x: Value): Value => transposeTo(graph, x, TO_NCHW);
const last = (graph: Graph, x: Value): Value => transposeTo(graph, x, TO_NHWC);

function convInfo(
  kernel: string,
  x: readonly number[],
  filter: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
) {
  const { strides, dilations = 1, pad, dimRoundingMode, dataFormat = 'NHWC' } = attrs;
  mustRecord(dataFormat === 'NHWC', kernel, `data format ${dataFormat}`);
  return backend_util.computeConv2DInfo(shape4(x), shape4(filter), strides, dilations, pad, dimRoundingMode, depthwise);
}

type Info = ReturnType<typeof convInfo>;

const windowOf = ({ strideHeight, strideWidth, padInfo, dilationHeight, dilationWidth }: Info) => ({
  strides: [strideHeight, strideWidth],
  pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
  dilations: [dilationHeight, dilationWidth],
});

/** Rows, columns and channels of the result in the order of ONNX. */
const mapShape = ({ batchSize, outChannels, outHeight, outWidth }: Info): number[] => [
  batchSize,
  outChannels,
  outHeight,
  outWidth,
];

rule<ConvAttrs>('Conv2D', (graph, [x, filter], attrs) => {
  const info = convInfo('Conv2D', x!.shape, filter!.shape, attrs);
  const output = { shape: mapShape(info), dtype: 'float32' } as const;
  const weight = transposeTo(graph, filter!, [3, 2, 0, 1]);
  return last(graph, emit(graph, 'Conv', [first(graph, x!), weight], output, windowOf(info)));
});

rule<ConvAttrs>('DepthwiseConv2dNative', (graph, [x, filter], attrs) => {
  const info = convInfo('DepthwiseConv2dNative', x!.shape, filter!.shape, attrs, true);
  const [rows, columns, channels, times] = shape4(filter!.shape);
  const weight = reshapeTo(graph, transposeTo(graph, filter!, [2, 3, 0, 1]), [channels * times, 1, rows, columns]);
  const output = { shape: mapShape(info), dtype: 'float32' } as const;
  const attributes = { ...windowOf(info), group: channels };
  return last(graph, emit(graph, 'Conv', [first(graph, x!), weight], output, attributes));
});

/** Gradient of a convolution by its input, and tfjs's transposed convolution. */
rule<ConvAttrs & { inputShape: number[] }>('Conv2DBackpropInput', (graph, [dy, filter], attrs) => {
  const info = convInfo('Conv2DBackpropInput', attrs.inputShape, filter!.shape, attrs);
  const [batch, height, width, channels] = shape4(attrs.inputShape);
  const { strides, pads, dilations } = windowOf(info);
  const rest = [height, width].map((size, i) => {
    const covered = (dy!.shape[i + 1]! - 1) * strides[i]! + (filter!.shape[i]! - 1) * dilations[i]! + 1;
    return size + pads[i]! + pads[i + 2]! - covered;
  });
  const weight = transposeTo(graph, filter!, [3, 2, 0, 1]);
  const output = { shape: [batch, channels, height, width], dtype: 'float32' } as const;
  const attributes = { strides, pads, dilations, output_padding: rest };
  return last(graph, emit(graph, 'ConvTranspose', [first(graph, dy!), weight], output, attributes));
});

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

for (const [kernel, op] of [
  ['MaxPool', 'MaxPool'],
  ['AvgPool', 'AveragePool'],
]) {
  // prettier-ignore
  rule<PoolAttrs>(kernel!, (graph, [x], { filterSize, strides, pad, dimRoundingMode }) => {
    const info = backend_util.computePool2DInfo(shape4(x!.shape), filterSize, strides, 1, pad, dimRoundingMode);
    const { strides: steps, pads } = windowOf(info);
    const attributes = { kernel_shape: [info.effectiveFilterHeight, info.effectiveFilterWidth], strides: steps, pads };
    const output = { shape: mapShape(info), dtype: 'float32' } as const;
    return last(graph, emit(graph, op!, [first(graph, x!)], output, attributes));
  });
}

interface ResizeAttrs {
  readonly size: readonly [number, number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

rule<ResizeAttrs>('ResizeBilinear', (graph, [x], { size, alignCorners, halfPixelCenters }) => {
  const [batch, , , channels] = shape4(x!.shape);
  const output = { shape: [batch, channels, ...size], dtype: 'float32' } as const;
  const mode = halfPixelCenters ? 'half_pixel' : alignCorners ? 'align_corners' : 'asymmetric';
  const sizes = graph.constant(BigInt64Array.from(output.shape, BigInt), [4], 'int64');
  const attributes = { mode: 'linear', coordinate_transformation_mode: mode };
  return last(graph, emit(graph, 'Resize', [first(graph, x!), null, null, sizes], output, attributes));
});
