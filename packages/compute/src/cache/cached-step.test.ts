import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { someValue } from '../../test-support/compare.js';
import { adamw, compileTrainStep, defineProgram, initParams, ops } from '../index.js';
import type { TensorValue } from '../index.js';

const program = defineProgram({
  name: 'cached',
  params: { conv: [8, 3, 3, 3], scale: { dims: [8], init: 'ones' }, shift: [8], head: [2, 8] },
  inputs: { image: [2, 3, 8, 8] },
  outputs: { y: [2, 2] },
  run: (p, { image }) => {
    const map = ops.relu(ops.groupNorm(ops.conv2d(image, p.conv, { pad: 1 }), p.scale, p.shift, 2, 1e-5));
    return { y: ops.linear(ops.mean(ops.reshape(map, [2, 8, 64]), [2]), p.head) };
  },
});

/** Parameters and moments after three steps. */
async function trained(cacheFolder: string | undefined): Promise<Record<string, TensorValue>> {
  const step = await compileTrainStep({
    program,
    targets: { wanted: { dims: [2, 2] } },
    loss: ({ y }, { wanted }) => ops.mean(ops.square(ops.sub(y, wanted))),
    optimizer: adamw({ weightDecay: 0.1 }),
    clip: 0.5,
    threads: 1,
    session: { cacheFolder },
  });
  step.init(initParams(program.params, 1));
  for (let t = 1; t <= 3; t += 1) {
    const batch = { image: someValue([2, 3, 8, 8], t), wanted: someValue([2, 2], t + 9) };
    await step.step(batch, { lr: 0.05, step: t });
  }
  const state = Object.entries(step.state()).map(([name, value]) => [name, { ...value, data: value.data.slice() }]);
  await step.release();
  return Object.fromEntries(state) as Record<string, TensorValue>;
}

it('a training step from the cache goes the same way, its state in place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-step-'));
  try {
    const plain = await trained(undefined);
    expect(await trained(folder)).toEqual(plain);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await trained(folder)).toEqual(plain);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
