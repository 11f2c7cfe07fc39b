import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const { resolve } = createRequire(import.meta.url);
const urlOf = (name: string): string => pathToFileURL(resolve(name)).href;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-tensorflow-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(folder, 'config.yaml'),
    "engine: { use: tfjs, backend: tensorflow, module: '@tensorflow/tfjs-node-gpu' }\n",
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package of the real one's name that registers the kernels of the cpu under the name `tensorflow`, and counts. */
async function installStandIn(): Promise<void> {
  const place = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), '{"name":"@tensorflow/tfjs-node-gpu","type":"module","main":"main.js"}');
  await writeFile(
    join(place, 'main.js'),
    `import tf from '${urlOf('@tensorflow/tfjs-core')}';
     import { MathBackendCPU } from '${urlOf('@tensorflow/tfjs-backend-cpu')}';
     globalThis.standInWasLoaded = true;
     tf.registerBackend('tensorflow', () => new MathBackendCPU());
     for (const config of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...config, backendName: 'tensorflow' });`,
  );
}

/** What a user's program does: reads the config, and takes a training step on the engine that it names. */
const script = (sources: string): string => `
  import { createTrainStep, defineProgram, engineOptions, adamw, initParams, ops } from '@sim4seg/compute';
  import { resolveConfig } from '@sim4seg/core';
  const { readConfigFile } = await import('${sources}/config/config-file.ts');
  const { PRODUCT_PRESET } = await import('${sources}/sdk/presets.ts');
  const { tree } = await readConfigFile(process.argv[1] + '/config.yaml');
  process.chdir(process.argv[1]);
  const program = defineProgram({ name: 'line', params: { w: [1, 3] }, inputs: { x: [4, 3] }, outputs: { y: [4, 1] },
    run: (p, { x }) => ({ y: ops.linear(x, p.w) }) });
  const loss = ({ y }) => ops.mean(ops.square(ops.sub(y, 1)));
  const result = {};
  try {
    const engine = await engineOptions(resolveConfig(tree, PRODUCT_PRESET).engine);
    const step = await createTrainStep({ program, loss, optimizer: adamw({}), clip: 1, targets: {}, ...engine });
    step.init(initParams(program.params, 1));
    const x = { data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [4, 3], dtype: 'float32' };
    result.losses = [];
    for (let t = 1; t <= 3; t++) result.losses.push((await step.step({ x }, { lr: 0.1, step: t })).loss);
    const { getBackend } = await import('${urlOf('@tensorflow/tfjs-core')}').then((tf) => tf.default ?? tf);
    Object.assign(result, { engine, backend: getBackend(), loaded: globalThis.standInWasLoaded === true });
  } catch (error) {
    Object.assign(result, { code: error.code, message: error.message });
  }
  console.log(JSON.stringify(result));`;

async function run(): Promise<Record<string, unknown>> {
  const sources = pathToFileURL(join(import.meta.dirname, '..')).href;
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script(sources)];
  const options = { cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--', folder], options);
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('config alone reaches an optional package and takes training steps on its back end', async () => {
  await installStandIn();
  const result = await run();
  expect(result).toMatchObject({
    engine: { engine: 'eager', backend: 'tensorflow' },
    backend: 'tensorflow',
    loaded: true,
  });
  const [first = 0, , last = 0] = result['losses'] as number[];
  expect(last).toBeLessThan(first);
}, 120_000);

it('without the package the error says how to get it', async () => {
  expect(await run()).toEqual({
    code: 'ENGINE_MISSING',
    message: expect.stringContaining('npm install @tensorflow/tfjs-node-gpu'),
  });
}, 120_000);
