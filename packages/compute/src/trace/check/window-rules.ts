import { attribute, like, must, shapeOf } from './infer.js';
import type { InferenceRule, NodeContext } from './infer.js';

interface Windows {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

function windowsOf(context: NodeContext): Windows {
  return {
    strides: attribute(context, 'strides', [1, 1]),
    pads: attribute(context, 'pads', [0, 0, 0, 0]),
    dilations: attribute(context, 'dilations', [1, 1]),
  };
}

/** How far a kernel reaches along each axis. */
const reach = (kernel: readonly number[], { dilations }: Windows): number[] =>
  kernel.map((size, i) => (size - 1) * dilations[i]! + 1);

function slid(map: readonly number[], kernel: readonly number[], windows: Windows): number[] {
  const { pads, strides } = windows;
  return reach(kernel, windows).map((size, i) => {
    const room = map[i]! + pads[i]! + pads[i + kernel.length]! - size;
    must(room >= 0, 'the kernel fits into the padded map');
    return Math.floor(room / strides[i]!) + 1;
  });
}

const conv: InferenceRule = (context) => {
  const [batch = 0, channels, ...map] = shapeOf(context, 0);
  const [out = 0, inner = 0, ...kernel] = shapeOf(context, 1);
  const group = attribute(context, 'group', 1);
  must(channels === inner * group, `${channels} channels are ${inner} in each of ${group} groups`);
  return like(context, [batch, out, ...slid(map, kernel, windowsOf(context))]);
};

const convTranspose: InferenceRule = (context) => {
  const [batch = 0, channels, ...map] = shapeOf(context, 0);
  const [inner, out = 0, ...kernel] = shapeOf(context, 1);
  must(channels === inner, `${channels} channels are those of the weight, ${inner}`);
  const windows = windowsOf(context);
  const extra = attribute<readonly number[]>(context, 'output_padding', [0, 0]);
  const grown = reach(kernel, windows).map((size, i) => {
    const { strides, pads } = windows;
    return strides[i]! * (map[i]! - 1) + extra[i]! + size - pads[i]! - pads[i + kernel.length]!;
  });
  return like(context, [batch, out * attribute(context, 'group', 1), ...grown]);
};

const pool: InferenceRule = (context) => {
  const [batch = 0, channels = 0, ...map] = shapeOf(context, 0);
  const kernel = attribute<readonly number[]>(context, 'kernel_shape', []);
  return like(context, [batch, channels, ...slid(map, kernel, windowsOf(context))]);
};

const resize: InferenceRule = (context) => {
  const sizes = context.numbers(3);
  return sizes ? like(context, sizes) : null;
};

/** Operators that slide over maps [B, C, H, W]. */
export const WINDOW_RULES: Readonly<Record<string, InferenceRule>> = {
  AveragePool: pool,
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  Resize: resize,
};
