// Time from abort() to the rejection that the caller sees, at moments spread over a whole answer; p95 at most 100 ms.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSim4Seg } from 'sim4seg';
import { benchOptions, compete, report } from './harness.js';
import { phantomPictures, question } from './phantom-pictures.js';

const ABORTS = 20;
const options = benchOptions({ rounds: 5 });
const pictures = phantomPictures(4).map((path) => readFileSync(path));
await using sim4seg = await createSim4Seg();
const tts = { paths: 3, masks: 3 };

let seed = 0;
const ask = (signal?: AbortSignal) => {
  seed += 1;
  const image = pictures[seed % pictures.length]!;
  // Another question each time: nothing comes from what was said before.
  return sim4seg.diagnose({ image, question: `${question} (${seed})`, seed, tts, signal }).result();
};

const answerMs = async (): Promise<number> => {
  const started = performance.now();
  await ask();
  return performance.now() - started;
};
await answerMs();
/** Aborts come within the shortest of a few answers. */
const wholeMs = Math.min(await answerMs(), await answerMs(), await answerMs());

/** ms until the rejection; null where the answer was there first. */
const abortAfter = async (ms: number): Promise<number | null> => {
  const controller = new AbortController();
  const asked = ask(controller.signal);
  const settled = asked.then(
    () => null,
    () => performance.now(),
  );
  await sleep(ms);
  const aborted = performance.now();
  controller.abort();
  const rejected = await settled;
  return rejected === null ? null : Math.max(0, rejected - aborted);
};

/** The p95 of aborts at moments that differ in every round. */
const round = async (n: number) => {
  const times: number[] = [];
  for (let i = 0; i < ABORTS; i++) {
    const ms = await abortAfter((wholeMs * (i + ((n + 1) % 7) / 7)) / ABORTS);
    if (ms !== null) times.push(ms);
  }
  if (times.length < ABORTS / 4) throw new Error(`only ${times.length} of ${ABORTS} answers were still in the making`);
  times.sort((a, b) => a - b);
  return { value: times[Math.ceil(0.95 * times.length) - 1]! };
};

report([await compete('abort/p95', { name: 'sim4seg', round }, { rounds: options.rounds })], options.json);
