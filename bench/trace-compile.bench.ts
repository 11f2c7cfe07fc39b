// Tracing and compiling the training step of the 8M-parameter vision transformer: under 3000 ms with an empty cache, in a
// fresh process. A second process that finds the optimised graph in the cache is a row of its own, in another file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchOptions, compete, report } from './harness.js';

interface Measured {
  readonly ms: number;
  readonly loss: number;
}

const CHILD = fileURLToPath(new URL('trace-compile-child.ts', import.meta.url));
const FLAGS = ['--conditions=sim4seg-source', '--import', 'tsx'];

function measure(cacheFolder: string): Measured {
  const output = execFileSync(process.execPath, [...FLAGS, CHILD, cacheFolder, '4'], { encoding: 'utf8' });
  const result = JSON.parse(output.trim().split('\n').at(-1)!) as Measured;
  if (!Number.isFinite(result.loss)) throw new Error('the compiled step must run');
  return result;
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'sim4seg-compile-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { rounds, json } = benchOptions({ rounds: 9 });
const empty = () => ({ value: inFolder((folder) => measure(folder).ms) });
report([await compete('trace-compile/empty-cache', { name: 'traced and compiled', round: empty }, { rounds })], json);

const filled = () => ({
  value: inFolder((folder) => {
    measure(folder);
    return measure(folder).ms;
  }),
});
const cached = await compete('trace-compile/cached', { name: 'traced, found in the cache', round: filled }, { rounds });
report([cached], json?.replace(/(\.json)?$/, '-cached.json'));
