// A residual convolutional trunk on three scales: 64 channels at 64 px, 96 at 32, 192 at 16, with group norm.
import { defineProgram, ops } from '@sim4seg/compute';
import type { ParamSpec, Program, Specs, Tensor, Tensors } from '@sim4seg/compute';

interface Stage {
  readonly channels: number;
  readonly blocks: number;
}

const STAGES: readonly Stage[] = [
  { channels: 64, blocks: 2 },
  { channels: 96, blocks: 2 },
  { channels: 192, blocks: 2 },
];
const SIDE = 64;
const STEM_CHANNELS = 48;
const GROUPS = 8;

type Dims = Record<string, ParamSpec>;

const convSpecs = (name: string, dims: readonly number[]): Dims => ({
  [`${name}.weight`]: { dims, init: { normal: Math.sqrt(1 / dims.slice(1).reduce((a, b) => a * b, 1)) } },
  [`${name}.bias`]: { dims: [dims[0]!], init: 'zeros' },
});
const normSpecs = (name: string, channels: number): Dims => ({
  [`${name}.weight`]: { dims: [channels], init: 'ones' },
  [`${name}.bias`]: { dims: [channels], init: 'zeros' },
});

function stageSpecs(index: number, { channels, blocks }: Stage, inner: number): Dims {
  const block = (i: number): Dims => ({
    ...convSpecs(`stage${index}.${i}.conv1`, [channels, channels, 3, 3]),
    ...normSpecs(`stage${index}.${i}.norm1`, channels),
    ...convSpecs(`stage${index}.${i}.conv2`, [channels, channels, 3, 3]),
    ...normSpecs(`stage${index}.${i}.norm2`, channels),
  });
  return {
    ...convSpecs(`stage${index}.enter`, [channels, inner, 1, 1]),
    ...Object.assign({}, ...Array.from({ length: blocks }, (_, i) => block(i))),
  };
}

function trunkSpecs(): Dims {
  const stages = STAGES.map((stage, i) => {
    return stageSpecs(i, stage, i === 0 ? STEM_CHANNELS : 4 * STAGES[i - 1]!.channels);
  });
  return Object.assign({}, ...stages, convSpecs('head', [1, STAGES.at(-1)!.channels, 1, 1]));
}

function conv(p: Tensors, name: string, x: Tensor, pad: number): Tensor {
  return ops.conv2d(x, p[`${name}.weight`]!, { bias: p[`${name}.bias`], pad });
}

function normed(p: Tensors, name: string, x: Tensor): Tensor {
  return ops.groupNorm(x, p[`${name}.weight`]!, p[`${name}.bias`]!, GROUPS, 1e-5);
}

function residual(p: Tensors, name: string, x: Tensor): Tensor {
  const inner = ops.relu(normed(p, `${name}.norm1`, conv(p, `${name}.conv1`, x, 1)));
  return ops.relu(ops.add(x, normed(p, `${name}.norm2`, conv(p, `${name}.conv2`, inner, 1))));
}

/** `pixels` (an image whose 4 x 4 blocks became channels) to `logits` at 16 px. */
export function convTrunk(): Program {
  return defineProgram({
    name: 'conv-trunk',
    params: trunkSpecs(),
    inputs: { pixels: ['batch', STEM_CHANNELS, SIDE, SIDE] },
    outputs: { logits: ['batch', 1, SIDE / 4, SIDE / 4] },
    run: (p, { pixels }) => {
      let x = pixels!;
      STAGES.forEach(({ blocks }, stage) => {
        x = conv(p, `stage${stage}.enter`, stage === 0 ? x : ops.spaceToDepth(x, 2), 0);
        for (let i = 0; i < blocks; i += 1) x = residual(p, `stage${stage}.${i}`, x);
      });
      return { logits: conv(p, 'head', x, 0) };
    },
  });
}

export const convTargets: Specs = { mask: { dims: ['batch', 1, SIDE / 4, SIDE / 4] } };

export function convLoss({ logits }: Tensors, { mask }: Tensors): Tensor {
  return ops.mean(ops.bceWithLogits(logits!, mask!));
}
