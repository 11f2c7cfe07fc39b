// The matrix products of the vision transformer's encoder and nothing else: what its inference cannot do without.
import { defineProgram, ops } from '@sim4seg/compute';
import type { ParamSpec, Program, Tensor } from '@sim4seg/compute';
import type { VitSizes } from './vit.js';

/** Keeps the values of a chain of products in range. */
const matrix = (inner: number, out: number): ParamSpec => ({
  dims: [inner, out],
  init: { normal: 1 / Math.sqrt(inner) },
});

/** A single number of a product, so that nothing of its size has to leave the runtime. */
const probe = (x: Tensor): Tensor =>
  ops.reshape(
    ops.slice(
      x,
      x.shape.map(() => 0),
      x.shape.map(() => 1),
    ),
    [1],
  );

/**
 * Inputs `patches` float32[batch, T, patch pixels], and `q`, `k`, `v` float32[batch, heads, T, width / heads] of every
 * block; the output is one number a block.
 */
export function vitProducts({ imageSide, patch, width, depth, heads, promptWidth }: VitSizes): Program {
  const tokens = (imageSide / patch) ** 2;
  const pixels = 3 * patch ** 2;
  const perBlock = (i: number): Record<string, ParamSpec> => ({
    [`${i}.qkv`]: matrix(width, 3 * width),
    [`${i}.proj`]: matrix(width, width),
    [`${i}.mlp1`]: matrix(width, 4 * width),
    [`${i}.mlp2`]: matrix(4 * width, width),
  });
  const blocks = Array.from({ length: depth }, (_, i) => i);
  const head = ['batch', heads, tokens, width / heads];
  return defineProgram({
    name: 'vit-products',
    params: {
      patch: matrix(pixels, width),
      ...Object.assign({}, ...blocks.map(perBlock)),
      neck: matrix(width, promptWidth),
    } as Record<string, ParamSpec>,
    inputs: {
      patches: ['batch', tokens, pixels],
      ...Object.fromEntries(blocks.flatMap((i) => ['q', 'k', 'v'].map((part) => [`${i}.${part}`, head]))),
    } as Record<string, (string | number)[]>,
    outputs: { probes: [2 * depth + 1] },
    run: (p, x) => {
      const probes: Tensor[] = [];
      let y = ops.matMul(x['patches']!, p['patch']!);
      for (const i of blocks) {
        probes.push(probe(ops.matMul(y, p[`${i}.qkv`]!)));
        const scores = ops.matMul(x[`${i}.q`]!, x[`${i}.k`]!, { transposeB: true });
        probes.push(probe(ops.matMul(scores, x[`${i}.v`]!)));
        y = ops.matMul(ops.matMul(ops.matMul(y, p[`${i}.proj`]!), p[`${i}.mlp1`]!), p[`${i}.mlp2`]!);
      }
      probes.push(probe(ops.matMul(y, p['neck']!)));
      return { probes: ops.concat(probes, 0) };
    },
  });
}
