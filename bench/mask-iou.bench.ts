// Popcount IoU of two masks of 1024 x 1024, every round of others; limit 0.05 ms. The peer counts pixel by pixel.
import { emptyMask, maskIou, maskToBytes } from '@sim4seg/core';
import type { MaskBits } from '@sim4seg/core';
import { benchOptions, compete, report } from './harness.js';

const SIDE = 1024;
const PAIRS = 12;
const options = benchOptions({ rounds: 21 });

/** A star of a lesion's size; neighbouring seeds overlap. */
const lesion = (seed: number): MaskBits => {
  const mask = emptyMask({ widthPx: SIDE, heightPx: SIDE, frameId: 'bench' });
  const [x0, y0, radius] = [400 + 9 * seed, 450 + 5 * seed, 200 + 4 * seed];
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [(i % SIDE) - x0, Math.floor(i / SIDE) - y0];
    const edge = radius * (1 + 0.2 * Math.sin(5 * Math.atan2(y, x) + seed));
    if (x * x + y * y < edge * edge) mask.words[i >> 5]! |= 1 << (i & 31);
  }
  return mask;
};

/** Half of all pixels, in no order: the worst case for whatever passes over empty words. */
const noise = (seed: number): MaskBits => {
  const mask = emptyMask({ widthPx: SIDE, heightPx: SIDE, frameId: 'bench' });
  mask.words.forEach((_, i) => (mask.words[i] = Math.imul(i * 2654435761 + seed, 0x9e3779b9) ^ (i << 7)));
  return mask;
};

/** Pixels of two masks, one byte each. */
const bytewiseIou = (a: Uint8Array, b: Uint8Array): number => {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (a[i] && b[i]) both++;
    if (a[i] || b[i]) either++;
  }
  return both / either;
};

const race = (variant: string, make: (seed: number) => MaskBits) => {
  const masks = Array.from({ length: PAIRS }, (_, seed) => make(seed));
  const bytes = masks.map((mask) => maskToBytes(mask));
  const known = new Map<string, number>();
  const truth = (i: number, j: number): number => {
    const key = `${i} ${j}`;
    if (!known.has(key)) known.set(key, bytewiseIou(bytes[i]!, bytes[j]!));
    return known.get(key)!;
  };
  /** Mean over all pairs, which are others in each round. */
  const timed = (iou: (i: number, j: number) => number) => (n: number) => {
    const other = (i: number) => (i + 1 + ((n + PAIRS) % (PAIRS - 1))) % PAIRS;
    const values: number[] = [];
    const started = performance.now();
    for (let i = 0; i < PAIRS; i++) values.push(iou(i, other(i)));
    const value = (performance.now() - started) / PAIRS;
    if (values.some((found, i) => Math.abs(found - truth(i, other(i))) > 1e-12)) throw new Error('an IoU differs');
    return { value };
  };
  const ours = { name: 'maskIou', round: timed((i, j) => maskIou(masks[i]!, masks[j]!)) };
  const peer = { name: 'a byte a pixel', round: timed((i, j) => bytewiseIou(bytes[i]!, bytes[j]!)) };
  return compete(`mask-iou/${variant}`, ours, { peer, rounds: options.rounds });
};

report([await race('lesions', lesion), await race('noise', noise)], options.json);
