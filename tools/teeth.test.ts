import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('every place that teeth.mjs breaks stands where it is expected', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'teeth.mjs'), '--check']);
  expect([status, String(stderr)]).toEqual([0, '']);
});
