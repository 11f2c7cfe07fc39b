// From the start of the process to the written mask; limit 2000 ms on 2 cores.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchOptions, compete, report } from './harness.js';
import { command, phantomPictures, question } from './phantom-pictures.js';

const options = benchOptions({ rounds: 5 });
const pictures = phantomPictures(options.rounds + 1);

const diagnose = (n: number) => {
  const out = mkdtempSync(join(tmpdir(), 'sim4seg-cold-'));
  const started = performance.now();
  const run = spawnSync(command, ['diagnose', pictures[n + 1]!, '-q', question, '--out', out], { encoding: 'utf8' });
  const value = performance.now() - started;
  if (run.status !== 0 || !existsSync(join(out, 'mask.png'))) throw new Error(`diagnose failed: ${run.stderr}`);
  return { value };
};

report(
  [await compete('diagnose-cold/phantom', { name: 'sim4seg diagnose', round: diagnose }, { rounds: options.rounds })],
  options.json,
);
