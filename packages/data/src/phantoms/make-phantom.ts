import { createDataRandom, hashText } from '../random.js';
import { drawDermoscopy } from './dermoscopy/draw-dermoscopy.js';
import type { Drawing, DrawingSize, Phantom, PhantomKind, PhantomSplit } from './phantom.js';
import type { DataRandom } from '../random.js';
import { drawFundus } from './fundus/draw-fundus.js';
import { drawLimbXray } from './limb-xray/draw-limb-xray.js';
import { drawUltrasound } from './ultrasound/draw-ultrasound.js';

/** Width of a phantom unless told otherwise, in pixels. */
export const DEFAULT_PHANTOM_WIDTH_PX = 256;

const DRAWERS: Readonly<Record<PhantomKind, (size: DrawingSize, random: DataRandom) => Drawing>> = {
  dermoscopy: drawDermoscopy,
  'breast-ultrasound': drawUltrasound,
  fundus: drawFundus,
  'limb-xray': drawLimbXray,
};

/** Kinds of phantoms that can be drawn. */
export const PHANTOM_KINDS = Object.keys(DRAWERS) as PhantomKind[];

export interface PhantomOptions {
  readonly split: PhantomSplit;
  /** Number of the phantom within its seed. */
  readonly index?: number;
  readonly widthPx?: number;
}

/**
 * The number that decides every pixel of a phantom. Even for `train` and odd for `val`, so that the splits never share
 * one, whatever seeds they are made with.
 */
export function phantomSeedOf(kind: PhantomKind, seed: number, { split, index = 0 }: PhantomOptions): number {
  const hash = hashText(`phantom ${kind} ${split} ${seed} ${index}`);
  return ((hash & ~1) | (split === 'val' ? 1 : 0)) >>> 0;
}

/** Draws a phantom; equal arguments give equal pixels. The height varies as that of real pictures does. */
export function makePhantom(kind: PhantomKind, seed: number, options: PhantomOptions): Phantom {
  const phantomSeed = phantomSeedOf(kind, seed, options);
  const random = createDataRandom(phantomSeed);
  const widthPx = options.widthPx ?? DEFAULT_PHANTOM_WIDTH_PX;
  const heightPx = Math.round(widthPx * random.between(0.68, 0.98));
  const size = { widthPx, heightPx, unitPx: widthPx / 256 };
  return { kind, split: options.split, phantomSeed, ...DRAWERS[kind](size, random.fork('drawing')) };
}
