/** Operations of tfjs whose results' shapes depend on numbers, which do not exist while a program is traced. */
const READS_VALUES = new Set([
  'Unique',
  'Bincount',
  'DenseBincount',
  'Multinomial',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'SparseFillEmptyRows',
  'SparseReshape',
]);

const DATA =
  'do it outside of the program and pass the result as an input; inside, masks and ops.where keep shapes fixed';
const COMPLEX = 'write it with real numbers: the real and the imaginary part as two tensors';
const SPARSE = 'use ops.gatherRows and ops.where on dense tensors';
const IMAGE = 'prepare the image before the program, or use ops.resizeBilinear, ops.slice and ops.pad';
const POOL = 'use ops.avgPool or ops.max over reshaped blocks, in NCHW';
const CONV = 'use ops.conv2d (NCHW), whose gradient compiles as well';

/** What to write instead of a tfjs operation that has no compiled form. */
const INSTEAD: Readonly<Record<string, string>> = {
  AvgPool3D: POOL,
  AvgPoolGrad: POOL,
  BatchToSpaceND: 'use ops.reshape and ops.transpose, ops.depthToSpace or ops.spaceToDepth',
  SpaceToBatchND: 'use ops.reshape and ops.transpose, ops.depthToSpace or ops.spaceToDepth',
  BitwiseAnd: 'use ops.logicalAnd on bool tensors',
  Complex: COMPLEX,
  ComplexAbs: COMPLEX,
  Conv2DBackpropFilter: CONV,
  Conv2DBackpropInput: CONV,
  Conv3D: CONV,
  CropAndResize: IMAGE,
  DepthwiseConv2dNativeBackpropFilter: CONV,
  DepthwiseConv2dNativeBackpropInput: CONV,
  Diag: 'multiply by an identity matrix made with ops.oneHot(ops.range(0, n), n)',
  FFT: COMPLEX,
  IFFT: COMPLEX,
  FlipLeftRight: IMAGE,
  FromPixels: 'turn pixels into a tensor before the program and pass it as an input',
  LRN: 'use ops.groupNorm or ops.layerNorm',
  MaxPool3D: POOL,
  MaxPoolGrad: POOL,
  MaxPoolWithArgmax: POOL,
  ResizeBilinearGrad: 'use ops.resizeBilinear (NCHW), whose gradient compiles as well',
  ResizeNearestNeighborGrad: 'use ops.upsampleNearest (NCHW), whose gradient compiles as well',
  RotateWithOffset: IMAGE,
  Transform: IMAGE,
  SparseToDense: SPARSE,
  SparseSegmentMean: SPARSE,
  SparseSegmentSum: SPARSE,
  UnsortedSegmentSum:
    'its gradient form exists: take rows with ops.gatherRows or ops.embedding, which sum where rows repeat',
};

export const readsValues = (kernel: string): boolean => READS_VALUES.has(kernel);

export function insteadOf(kernel: string): string {
  if (readsValues(kernel)) return DATA;
  return INSTEAD[kernel] ?? 'build it from the ops of @sim4seg/compute, which all have a compiled form';
}

/** Operations whose name differs from that of the tfjs kernel. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  _FusedMatMul: 'linear',
  AvgPool: 'avgPool',
  BatchMatMul: 'matMul',
  Conv2D: 'conv2d',
  GatherV2: 'gatherRows',
  Multiply: 'mul',
  Pack: 'stack',
  PadV2: 'pad',
  RealDiv: 'div',
  ResizeBilinear: 'resizeBilinear',
  Select: 'where',
  SplitV: 'split',
  Unpack: 'unstack',
};

/** The operation of `ops` that does what a tfjs kernel does. */
export function ownName(kernel: string): string {
  return `ops.${OWN_NAMES[kernel] ?? kernel.charAt(0).toLowerCase() + kernel.slice(1)}`;
}
