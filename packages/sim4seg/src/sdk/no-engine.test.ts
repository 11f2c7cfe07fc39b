import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodePng, makePhantom } from '@sim4seg/data';
import { expect, it } from 'vitest';
import { testBundle } from '../../test/test-bundle.js';

/** Answers in a fresh process, from sources, and prints the scripts that were loaded for it. */
const script = `
  import { Session } from 'node:inspector/promises';
  const session = new Session();
  session.connect();
  const urls = [];
  session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
  await session.post('Debugger.enable');
  const { createSim4Seg } = await import('sim4seg');
  const { writeAnswer } = await import('./src/output/write-answer.ts');
  const [image, bundle, out] = process.argv.slice(1);
  const sim4seg = await createSim4Seg({ bundle });
  await writeAnswer(out, await sim4seg.diagnose({ image, question: 'Is there a skin lesion in this image?' }).result());
  await sim4seg.close();
  console.log(JSON.stringify(urls));`;

it('answers without loading tfjs or the writer of graphs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-engine-'));
  try {
    const image = join(folder, 'one.png');
    await writeFile(image, await encodePng(makePhantom('dermoscopy', 1, { split: 'val' }).picture));
    const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script];
    const args = [...flags, '--', image, await testBundle(folder), join(folder, 'out')];
    const cwd = join(import.meta.dirname, '../..');
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 1 << 26 });
    const urls = JSON.parse(stdout) as string[];
    expect(urls.some((url) => url.includes('compute/src/runtime/'))).toBe(true);
    expect(urls.filter((url) => /@tensorflow|bufbuild|onnx_pb|trainer\/src/.test(url))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
