// A second, different image in the same process, from its bytes to masks and record; limit 300 ms on 2 cores.
import { readFileSync } from 'node:fs';
import { createSim4Seg } from 'sim4seg';
import { benchOptions, compete, report } from './harness.js';
import { phantomPictures, question } from './phantom-pictures.js';

const options = benchOptions({ rounds: 9 });
const pictures = phantomPictures(options.rounds + 1).map((path) => readFileSync(path));
await using sim4seg = await createSim4Seg();

const diagnose = async (n: number) => {
  const image = pictures[(n + 1) % pictures.length]!;
  const started = performance.now();
  await sim4seg.diagnose({ image, question }).result();
  return { value: performance.now() - started, peakRssMb: process.memoryUsage().rss / 2 ** 20 };
};

report(
  [await compete('diagnose-warm/phantom', { name: 'sim4seg', round: diagnose }, { rounds: options.rounds })],
  options.json,
);
