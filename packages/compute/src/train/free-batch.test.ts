import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { adamw, compileTrainStep, defineProgram, initParams, ops } from '../index.js';

const program = defineProgram({
  name: 'slope',
  params: { w: [3, 4], b: [3] },
  inputs: { x: ['batch', 4] },
  outputs: { y: ['batch', 3] },
  run: (p, { x }) => ({ y: ops.gelu(ops.linear(x, p.w, p.b)) }),
});
const options = {
  program,
  targets: { wanted: ['batch', 3] },
  loss: ({ y }: { y: Parameters<typeof ops.sub>[0] }, { wanted }: { wanted: Parameters<typeof ops.sub>[0] }) =>
    ops.mean(ops.square(ops.sub(y, wanted))),
  optimizer: adamw(),
  clip: 1,
} as const;
const batch = (n: number) => ({ x: someValue([n, 4], n), wanted: someValue([n, 3], n + 1) });

describe('a training step whose batch stays free', () => {
  it('takes batches of any size and makes the steps that bound ones make', async () => {
    const start = initParams(program.params, 3);
    const free = await compileTrainStep(options);
    free.init(start);
    for (const [i, n] of [5, 1, 12].entries()) {
      const before = structuredClone(free.state());
      const bound = await compileTrainStep({ ...options, dims: { batch: n } });
      bound.init(start);
      bound.load(before);
      const schedule = { lr: 1e-2, step: i + 1 };
      const [a, b] = [await free.step(batch(n), schedule), await bound.step(batch(n), schedule)];
      expect(a['loss']).toBeCloseTo(b['loss']!, 5);
      const after = bound.state();
      for (const [name, value] of Object.entries(free.state())) {
        expect(worstError(value, after[name]!), name).toBeLessThan(1e-5);
      }
      await bound.release();
    }
    const uneven = free.step({ ...batch(3), wanted: someValue([2, 3]) }, { lr: 1e-2, step: 4 });
    await expect(uneven).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', must: expect.stringMatching(/'batch'/) });
    await free.release();
  });
});
