import { describe, expect, it } from 'vitest';
import * as ops from '../ops/index.js';
import { defineProgram } from '../program.js';
import { intValue, someValue, worstError } from '../../test-support/compare.js';
import { runEager } from './run-eager.js';

const program = defineProgram({
  name: 'all-kinds',
  params: { conv: [4, 3, 3, 3], scale: [4], shift: [4], table: [5, 4], mix: [4, 4], row: [4] },
  inputs: { image: ['batch', 3, 8, 8], ids: { dims: ['batch', 6], dtype: 'int32' } },
  outputs: { map: ['batch', 4, 8, 8], tokens: ['batch', 6, 4], loss: [] },
  run: (p, { image, ids }) => {
    const raw = ops.conv2d(image!, p['conv']!, { pad: 1 });
    const map = ops.relu(ops.groupNorm(raw, p['scale']!, p['shift']!, 2, 1e-5));
    const words = ops.layerNorm(ops.embedding(p['table']!, ids!), p['row']!, p['shift']!, 1e-5);
    const keys = ops.transpose(ops.reshape(ops.avgPool(map, 2), [-1, 4, 16]), [0, 2, 1]);
    const [q, k] = [ops.linear(words, p['mix']!), keys].map((x) => ops.expandDims(x!, 1)) as [typeof map, typeof map];
    const tokens = ops.gelu(ops.squeeze(ops.attention(q, k, k, { scale: 0.5 }), [1]));
    const up = ops.resizeBilinear(ops.depthToSpace(ops.spaceToDepth(map, 2), 2), [16, 16]);
    const loss = ops.add(ops.mean(ops.bceWithLogits(up, ops.sigmoid(up))), ops.mean(ops.silu(tokens)));
    return { map, tokens, loss };
  },
});

const params = {
  conv: someValue([4, 3, 3, 3], 1),
  scale: someValue([4], 2),
  shift: someValue([4], 3),
  table: someValue([5, 4], 4),
  mix: someValue([4, 4], 5),
  row: someValue([4], 6),
};
const inputs = { image: someValue([2, 3, 8, 8], 7), ids: intValue([0, 1, 2, 3, 4, 0, 4, 4, 3, 2, 1, 0], [2, 6]) };

describe('runEager', () => {
  it('gives the same numbers on cpu and wasm', async () => {
    const cpu = await runEager(program, params, inputs);
    const wasm = await runEager(program, params, inputs, { backend: 'wasm' });
    for (const name of Object.keys(cpu)) expect(worstError(wasm[name]!, cpu[name]!), name).toBeLessThan(1e-4);
  });

  it('names back ends that nobody registered, and sizes that differ', async () => {
    const unknown = runEager(program, params, inputs, { backend: 'abacus' });
    await expect(unknown).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
    const uneven = runEager(program, params, { ...inputs, image: someValue([1, 3, 8, 8]) });
    await expect(uneven).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', got: expect.stringMatching(/1 and 2/) });
  });
});
