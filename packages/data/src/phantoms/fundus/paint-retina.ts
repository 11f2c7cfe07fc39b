import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import type { ColourCanvas } from '../draw/canvas.js';
import { decay } from '../draw/decay.js';
import type { Plane } from '../draw/plane.js';
import type { FundusLesions } from './fundus-lesions.js';
import type { OpticDisc } from './optic-disc.js';

export interface RetinaLayers {
  readonly view: Plane;
  readonly light: Plane;
  readonly ground: Plane;
  readonly blood: Plane;
  readonly reflex: Plane;
  readonly disc: OpticDisc;
  readonly lesions: FundusLesions;
  readonly pallor: number;
  /** 0 clear, 1 nothing to be seen. */
  readonly cloud: number;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Colours of the ground of eyes: fair, orange, brown, dark red. */
const GROUNDS: readonly Colour[] = [
  [0.92, 0.47, 0.26],
  [0.9, 0.4, 0.2],
  [0.82, 0.36, 0.15],
  [0.72, 0.38, 0.13],
  [0.86, 0.33, 0.17],
  [0.66, 0.3, 0.12],
];

/** What each layer takes from or mixes into red, green and blue light. */
const PIGMENT: Colour = [0.4, 0.72, 0.75];
const BLOOD: Colour = [0.34, 0.72, 0.6];
const RIM: Colour = [0.98, 0.6, 0.3];
const PALE_RIM: Colour = [0.98, 0.76, 0.48];
const CUP: Colour = [1, 0.86, 0.58];
const FAT: Colour = [0.98, 0.84, 0.42];
const WOOL: Colour = [0.95, 0.82, 0.66];
const THIN: Colour = [0.93, 0.66, 0.42];
const CLOUD: Colour = [0.68, 0.5, 0.36];

/** Paints the layers of a retina into a canvas. */
export function paintRetina(canvas: ColourCanvas, layers: RetinaLayers, random: DataRandom): void {
  const base = pick(GROUNDS, random);
  const dim = random.between(0.72, 1.05);
  const dark = random.between(0.008, 0.03);
  const marked = markDetails(layers);
  canvas.planes.forEach((plane, c) => {
    const channel = c as 0 | 1 | 2;
    const ground = base[channel] * random.between(0.95, 1.05);
    paintChannel(plane, layers, { channel, ground, dim, dark, marked });
  });
}

interface Channel {
  readonly channel: 0 | 1 | 2;
  readonly ground: number;
  readonly dim: number;
  readonly dark: number;
  /** Pixels with more than ground, which are few. */
  readonly marked: Uint8Array;
}

function markDetails({ disc, lesions, blood }: RetinaLayers): Uint8Array {
  const marked = new Uint8Array(blood.data.length);
  const planes = new Set([disc.atrophy, disc.rim, blood, lesions.blood, lesions.yellow, lesions.white, lesions.scar]);
  for (const { data } of planes) for (let i = 0; i < data.length; i++) if (data[i] !== 0) marked[i] = 1;
  return marked;
}

function paintChannel(plane: Plane, layers: RetinaLayers, paint: Channel): void {
  const { channel, ground, dim, dark, marked } = paint;
  const [view, light, pigment] = [layers.view.data, layers.light.data, layers.ground.data];
  const { cloud } = layers;
  const out = plane.data;
  for (let i = 0; i < out.length; i++) {
    const seen = view[i] as number;
    if (seen === 0) {
      out[i] = dark;
      continue;
    }
    let shade = ground * decay(PIGMENT[channel] * (pigment[i] as number));
    if (marked[i] === 1) shade = shadeDetails(layers, i, { channel, ground: shade });
    if (cloud > 0) shade += cloud * (CLOUD[channel] - shade);
    out[i] = dark + (seen * Math.max(0, shade * (light[i] as number)) - dark) * dim * seen;
  }
}

interface DetailPlace {
  readonly channel: 0 | 1 | 2;
  readonly ground: number;
}

/** What disc, lesions and vessels make of the ground's shade. */
function shadeDetails(layers: RetinaLayers, i: number, { channel, ground }: DetailPlace): number {
  const { blood, reflex, lesions, disc } = layers;
  const value = (of: Plane): number => of.data[i] as number;
  const rim = RIM[channel] + layers.pallor * (PALE_RIM[channel] - RIM[channel]);
  let shade = ground + value(disc.atrophy) * 0.55 * (THIN[channel] - ground);
  shade += value(disc.rim) * (rim + value(disc.cup) * (CUP[channel] - rim) - shade);
  shade += value(lesions.yellow) * 0.8 * (FAT[channel] - shade);
  shade += value(lesions.white) * 0.6 * (WOOL[channel] - shade);
  const scar = value(lesions.scar);
  // The middle of a laser scar is pigmented, its rim pale.
  shade += scar > 0.6 ? -0.45 * scar * shade : scar * 0.6 * (THIN[channel] - shade);
  const drop = value(blood) + 1.1 * value(lesions.blood);
  return drop > 0 ? shade * decay(BLOOD[channel] * drop) * (1 + 0.2 * value(reflex)) : shade;
}
