// One measurement of bench/open-weights.bench.ts, in a process of its own: opens the file as a session and prints what
// that added to the anonymous memory, then runs it once and holds a product against one that is computed here.
import { readFileSync } from 'node:fs';
import { compile, toFloat32 } from '@sim4seg/compute';
import { openSafetensors } from '@sim4seg/compute/node';
import { LARGE, largeProgram } from './open-weights-model.js';

const [path, prepacking] = process.argv.slice(2) as [string, string];

/** Anonymous memory of this process; mapped files are not part of it. */
function anonymousMb(): number {
  const line = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(line) / 1024;
}

const before = anonymousMb();
const started = performance.now();
const session = await compile(largeProgram, {
  dims: { rows: 1 },
  target: 'cpu',
  weights: path,
  ...(prepacking === 'default' ? {} : { session: { prepacking: prepacking === 'on' } }),
});
const openMs = performance.now() - started;
const addedMb = anonymousMb() - before;

const x = Float32Array.from({ length: LARGE.width }, (_, i) => Math.sin(i));
const first = performance.now();
const { query } = await session.run({ x: { data: x, shape: [1, LARGE.width], dtype: 'float32' } });
const firstRunMs = performance.now() - first;
await session.release();

await using file = await openSafetensors(path);
const weight = toFloat32(await file.read('layers.0.q'));
let worst = 0;
for (let row = 0; row < LARGE.width; row += 97) {
  let sum = 0;
  for (let k = 0; k < LARGE.width; k++) sum += weight[row * LARGE.width + k]! * x[k]!;
  worst = Math.max(worst, Math.abs(sum - (query.data[row] as number)));
}
if (!(worst < 1e-3)) throw new Error(`a product differs by ${worst}`);
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
console.log(JSON.stringify({ addedMb, openMs, firstRunMs, peakRssMb: peak }));
