// Anonymous memory that opening 4 GB of float32 weights adds before the first run; under 200 MB. The figure with
// weights packed for the kernels is stated beside it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@sim4seg/core';
import { elementCount } from '@sim4seg/compute';
import { streamSafetensors } from '@sim4seg/compute/node';
import { benchOptions, compete, report } from './harness.js';
import { largePlan } from './open-weights-model.js';

const options = benchOptions({ rounds: 3 });
const folder = mkdtempSync(join(tmpdir(), 'sim4seg-open-weights-'));
const path = join(folder, 'weights.safetensors');
const neededBytes = 5e9;

/** Every tensor is another piece of one block of random numbers, so that writing 4 GB takes little memory. */
async function* randomTensors() {
  const random = createRandom(1);
  const largest = Math.max(...[...largePlan.values()].map(({ shape }) => elementCount(shape)));
  // No two tensors may be equal: the runtime packs equal weights once.
  const block = Float32Array.from({ length: largest + largePlan.size }, () => (random.uniform() - 0.5) / 32);
  for (const [i, [name, { shape }]] of [...largePlan].entries())
    yield [name, { data: block.subarray(i, i + elementCount(shape)), shape, dtype: 'float32' }] as const;
}

interface Opened {
  readonly addedMb: number;
  readonly openMs: number;
  readonly firstRunMs: number;
  readonly peakRssMb: number;
}

function open(prepacking: 'default' | 'on' | 'off'): Opened {
  const script = new URL('./open-weights-child.ts', import.meta.url).pathname;
  const args = ['--conditions=sim4seg-source', '--import', 'tsx', script, path, prepacking];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 });
  if (child.status !== 0)
    throw new Error(`the measurement ended with ${child.status ?? child.signal}: ${child.stderr}`);
  return JSON.parse(child.stdout.trim().split('\n').at(-1) as string) as Opened;
}

const contestant = (prepacking: 'default' | 'on' | 'off') => ({
  name: `prepacking ${prepacking}`,
  unit: 'MB',
  round: () => {
    const opened = open(prepacking);
    console.log(`prepacking ${prepacking}: ${JSON.stringify(opened)}`);
    return { value: opened.addedMb, peakRssMb: opened.peakRssMb };
  },
});

try {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < neededBytes) throw new Error(`5 GB must be free in ${folder}; set TMPDIR to another folder`);
  await streamSafetensors(path, largePlan, randomTensors());
  const { rounds } = options;
  report([await compete('open-weights/4gb', contestant('default'), { rounds })], options.json);
  const beside = options.json?.replace(/(\.json)?$/, '-prepacked.json');
  report([await compete('open-weights/4gb-prepacked', contestant('on'), { rounds: 1 })], beside);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
