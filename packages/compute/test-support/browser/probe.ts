import { adamw, defineProgram, float32Value, initParams, ops } from '@sim4seg/compute';
import type { Named } from '@sim4seg/compute';

/** A program with a convolution, norms, attention and a product: what the page computes and Node computes too. */
export const probe = defineProgram({
  name: 'probe',
  params: { conv: [8, 2, 3, 3], scale: { dims: [8], init: 'ones' }, shift: [8], mix: [8, 8], head: [3, 8], bias: [3] },
  inputs: { image: ['batch', 2, 8, 8] },
  outputs: { map: ['batch', 8, 8, 8], logits: ['batch', 3] },
  run: (p, { image }) => {
    const map = ops.relu(ops.groupNorm(ops.conv2d(image, p.conv, { pad: 1 }), p.scale, p.shift, 2, 1e-5));
    const tokens = ops.transpose(ops.reshape(ops.avgPool(map, 2), [-1, 8, 16]), [0, 2, 1]);
    const heads = ops.expandDims(ops.layerNorm(tokens, p.scale, p.shift, 1e-5), 1);
    const seen = ops.squeeze(ops.attention(heads, heads, heads, { scale: 0.3 }), [1]);
    const logits = ops.linear(ops.mean(ops.gelu(ops.linear(seen, p.mix)), 1), p.head, p.bias);
    return { map, logits };
  },
});

export const probeDims = { batch: 2 };

export const probeParams = initParams(probe.params, 5, probeDims);

export const probeInputs = {
  image: float32Value(
    Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * 0.7) + Math.cos(i * 0.13)),
    [2, 2, 8, 8],
  ),
};

/** A training step of it: the logits are to become 1. */
export const probeStep = {
  program: probe,
  loss: ({ logits }: Named<'logits'>) => ops.mean(ops.square(ops.sub(logits, 1))),
  optimizer: adamw(),
  clip: 1,
  dims: probeDims,
};
