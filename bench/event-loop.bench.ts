// Delay of the event loop while answers are made on native sessions; p99 below 20 ms.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createSim4Seg } from 'sim4seg';
import type { MedicalImage } from 'sim4seg';
import { benchOptions, compete, report } from './harness.js';
import { phantomPictures, question } from './phantom-pictures.js';

const options = benchOptions({ rounds: 9 });
const pictures = phantomPictures(options.rounds + 1).map((path) => readFileSync(path));
await using sim4seg = await createSim4Seg();
const tts = { paths: 3, masks: 3 };

/** A picture of 3000 x 2000 pixels, as a camera gives it. */
const photo = (n: number): MedicalImage => ({
  dtype: 'uint8',
  data: Uint8Array.from({ length: 3000 * 2000 * 3 }, (_, i) => (Math.imul(i + n, 2654435761) >>> 24) & 255),
  widthPx: 3000,
  heightPx: 2000,
  channels: 3,
  spacingMm: null,
  orientation: null,
  window: null,
  seriesId: null,
  sliceIndex: null,
  frameIndex: null,
  sha256: String(n + 1).padStart(64, '0'),
});

/** The p99 of the delay during one answer. */
const delayOf = (imageOf: (n: number) => Uint8Array | MedicalImage) => async (n: number) => {
  const image = imageOf(n);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sim4seg.diagnose({ image, question, seed: n + 1, tts }).result();
  delay.disable();
  return { value: delay.percentile(99) / 1e6 };
};

const run = (variant: string, imageOf: (n: number) => Uint8Array | MedicalImage) =>
  compete(`event-loop/${variant}`, { name: 'sim4seg', round: delayOf(imageOf) }, { rounds: options.rounds });

report(
  [await run('phantom-p99', (n) => pictures[(n + 1) % pictures.length]!), await run('photo-p99', photo)],
  options.json,
);
