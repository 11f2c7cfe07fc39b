// `sim4seg --help` beside a bare node; at most 250 ms above it.
import { spawnSync } from 'node:child_process';
import { benchOptions, compete, report } from './harness.js';
import { command } from './phantom-pictures.js';

const options = benchOptions({ rounds: 7 });
const time = (file: string, args: string[]) => () => {
  const started = performance.now();
  const run = spawnSync(file, args);
  if (run.status !== 0) throw new Error(`${file} ended with ${run.status}`);
  return { value: performance.now() - started };
};

const row = await compete(
  'help/start-up',
  { name: 'sim4seg --help', round: time(command, ['--help']) },
  { peer: { name: 'node -e 0', round: time(process.execPath, ['-e', '0']) }, rounds: options.rounds },
);
report([row], options.json);
console.log(`above a bare node: ${(row.ours.median - row.peer!.median).toFixed(0)} ms`);
