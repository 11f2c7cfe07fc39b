import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../test-support/leak-run.ts');

interface Stays {
  readonly rssMb: number;
  readonly tensors: number;
  readonly buffers: number;
}

/** Outputs of 500 runs that nobody freed would be 70 MB; what a garbage collector has not looked at yet is less. */
const ALLOWED_MB = 32;

it.concurrent.each([
  ['runs of one session', 'run'],
  ['sessions, opened and released', 'load'],
  ['eager runs', 'eager'],
  ['sessions and runs in a thread', 'worker'],
  ['sessions and runs in a process', 'process'],
])(
  '500 %s leave nothing behind',
  async (_, kind) => {
    const flags = ['--expose-gc', '--conditions=sim4seg-source', '--import', 'tsx', script, kind];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname });
    const { before, after } = JSON.parse(stdout) as Record<'before' | 'after', Stays>;
    expect([after.tensors, after.buffers]).toEqual([before.tensors, before.buffers]);
    expect(after.rssMb - before.rssMb).toBeLessThan(ALLOWED_MB);
  },
  300_000,
);
