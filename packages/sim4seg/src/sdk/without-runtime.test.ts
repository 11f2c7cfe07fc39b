import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeUntrainedBundle } from '../../test/untrained-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';

const question = 'Is there a skin lesion in this image? Outline it.';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-without-'));
  await writeUntrainedBundle(join(folder, 'bundle'));
  await writeFile(join(folder, 'one.png'), await encodePng(makePhantom('dermoscopy', 3, { split: 'val' }).picture));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Answers, and looks at itself, in a process in whose threads the package onnxruntime-node is not found. */
async function runWithout(script: string): Promise<unknown> {
  const compute = dirname(createRequire(import.meta.url).resolve('@sim4seg/compute/package.json'));
  const hook = pathToFileURL(join(compute, 'test-support/absent/without-onnxruntime.mjs')).href;
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script, '--', folder];
  const env = { ...process.env, NODE_OPTIONS: `--import=${hook}` };
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname, env });
  return JSON.parse(stdout);
}

describe('where onnxruntime-node is not installed', () => {
  it('the product answers on tfjs with the same tokens, says so once, and records it', async () => {
    const script = `
      import { createSim4Seg } from './create-sim4seg.ts';
      const [folder] = process.argv.slice(1);
      const heard = [];
      const options = { onAnnounce: ({ type, fix }) => heard.push([type, fix]) };
      const model = await createSim4Seg({ bundle: folder + '/bundle' }, options);
      const asked = { image: folder + '/one.png', question: ${JSON.stringify(question)} };
      const { answer, record } = await model.diagnose(asked).result();
      await model.diagnose(asked).result();
      await model.close();
      const tokens = answer.paths.map(({ tokenIds }) => tokenIds);
      console.log(JSON.stringify({ heard, tokens, engine: record.run.config.engine }));`;
    await using compiled = await createSim4Seg({ bundle: join(folder, 'bundle') });
    const { answer } = await compiled.diagnose({ image: join(folder, 'one.png'), question }).result();
    expect(await runWithout(script)).toEqual({
      heard: [['engine-replaced', expect.stringContaining('npm install onnxruntime-node')]],
      tokens: answer.paths.map(({ tokenIds }) => tokenIds),
      engine: { use: 'tfjs', backend: 'wasm' },
    });
  }, 180_000);

  it('doctor names the fix', async () => {
    const script = `
      import { doctorCommand } from '../cli/doctor.ts';
      await doctorCommand({ bundle: process.argv[1] + '/bundle', json: true });`;
    const health = (await runWithout(script)) as { bundle: string; advice: string[] };
    expect(health.bundle).toContain('ENGINE_MISSING');
    expect(health.advice.join()).toContain('npm install onnxruntime-node');
  }, 120_000);
});

it('a provider that is not there is refused when the model opens, with its fix', async () => {
  const open = (providers: string[]) =>
    createSim4Seg({ bundle: join(folder, 'bundle'), engine: { use: 'ort', providers } }, { onAnnounce: () => {} });
  await expect(open(['coreml'])).rejects.toMatchObject({ code: 'ENGINE_MISSING', fix: /macOS/ });
  await expect(open(['abacus'])).rejects.toMatchObject({ code: 'ENGINE_MISSING', got: /abacus/ });
});

it('an ordered list falls back to the cpu, which is announced once for all graphs', async () => {
  const heard: string[] = [];
  const onAnnounce = ({ instead }: { instead: string }) => void heard.push(instead);
  const engine = { use: 'ort' as const, providers: ['coreml', 'cpu'] };
  await using model = await createSim4Seg({ bundle: join(folder, 'bundle'), engine }, { onAnnounce });
  await model.diagnose({ image: join(folder, 'one.png'), question }).result();
  expect(heard).toEqual(['The provider coreml does not open this graph, cpu is tried']);
});
