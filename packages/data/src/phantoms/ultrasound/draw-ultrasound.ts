import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { fillHoles, largestComponent } from '../draw/components.js';
import { toneCurve } from '../draw/canvas.js';
import { sampleField } from '../draw/field.js';
import { blurPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import type { Drawing, DrawingSize, PhantomTarget } from '../phantom.js';
import type { Picture } from '../../picture.js';
import { drawBeam } from './beam.js';
import { drawFrame } from './frame.js';
import type { BeamFrame } from './frame.js';
import { createBreastLesion } from './lesion.js';
import type { BreastLesion, SeenLesion } from './lesion.js';
import { BREAST_DIAGNOSES } from './lesion-style.js';
import { createRib } from './rib.js';
import type { Rib } from './rib.js';
import { addSpeckle } from './speckle.js';
import { createTissue } from './tissue.js';

const LESION_SHARE = 0.78;
const RIB_SHARE = 0.35;
const NO_LESION = 'normal (no lesion)';

/** Draws a B-mode picture of a breast: layered tissue, mostly a lesion, sometimes a rib with its shadow. */
export function drawUltrasound(size: DrawingSize, random: DataRandom): Drawing {
  const [widthUnits, depth] = [size.widthPx / size.unitPx, size.heightPx / size.unitPx];
  const diagnosis = random.chance(LESION_SHARE) ? pick(BREAST_DIAGNOSES, random) : null;
  const rib = random.chance(RIB_SHARE) ? createRib({ widthUnits, depth }, random.fork('rib')) : null;
  const place = {
    centerX: widthUnits * random.between(0.2, 0.8),
    centerY: depth * random.between(0.22, rib ? 0.45 : 0.62),
  };
  const lesion =
    diagnosis === null ? null : seeLesion(size, createBreastLesion(diagnosis, place, random.fork('lesion')));
  const frame = drawFrame(size, random.fork('frame'));
  const echoes = drawEchoes(size, { lesion, rib }, random.fork('tissue'));
  addPlane(echoes, drawBeam(size, lesion, random.fork('beam')));
  const ribBits = markRib(size, frame, rib);
  const lesionBits = frame.map((seen, i) => (seen && lesion !== null && (lesion.levels.data[i] as number) < 1 ? 1 : 0));
  // Bone hides what lies behind it.
  const seenLesion = lesionBits.map((bit, i) => (bit && !ribBits[i] ? 1 : 0));
  const cleanLesion =
    lesion === null ? seenLesion : fillHoles(largestComponent(seenLesion, size.widthPx), size.widthPx);
  return {
    picture: developScan(echoes, { size, frame }, random.fork('develop')),
    targets: [
      toTarget('breast lesion', cleanLesion, { size, diagnosis: diagnosis ?? NO_LESION }),
      toTarget('rib shadow', ribBits, { size, diagnosis: null }),
    ],
  };
}

function seeLesion(size: DrawingSize, lesion: BreastLesion): SeenLesion {
  return { ...lesion, levels: sampleField(size, 2, lesion.level) };
}

function drawEchoes(
  size: DrawingSize,
  { lesion, rib }: { readonly lesion: SeenLesion | null; readonly rib: Rib | null },
  random: DataRandom,
): Plane {
  // Speckle hides what is finer than this.
  const echoes = sampleField(size, { x: 4, y: 2 }, createTissue(size.heightPx / size.unitPx, random));
  const { data } = echoes;
  for (let row = 0, i = 0; row < size.heightPx; row++) {
    const y = (row + 0.5) / size.unitPx;
    for (let column = 0; column < size.widthPx; column++, i++) {
      const x = (column + 0.5) / size.unitPx;
      if (lesion !== null) data[i] = lesion.echo(x, y, lesion.levels.data[i] as number, data[i] as number);
      if (rib !== null) data[i] = rib.echo(x, y, data[i] as number);
    }
  }
  return echoes;
}

function developScan(
  echoes: Plane,
  { size, frame }: { readonly size: DrawingSize; readonly frame: BeamFrame },
  random: DataRandom,
): Picture {
  const { widthPx, heightPx, unitPx } = size;
  const style = { lateralPx: pick([1.1, 1.4, 1.7, 2], random) * unitPx, axialPx: pick([0.65, 0.9], random) * unitPx };
  const scan = addSpeckle(echoes, { ...style, looks: 2 + random.int(3) }, random.fork('speckle'));
  const smooth = blurPlane(scan, 0.6 * unitPx, 0.4 * unitPx).data;
  const rangeDb = random.between(52, 66);
  const gainDb = random.between(-3, 5);
  const curve = toneCurve(random.between(0.9, 1.35));
  const data = new Uint8Array(smooth.length);
  for (let i = 0; i < data.length; i++) {
    if (frame[i] === 0) continue;
    const level = Math.min(1, Math.max(0, 1 + ((smooth[i] as number) + gainDb) / rangeDb));
    data[i] = (curve[(level * (curve.length - 1)) | 0] as number) + 0.5;
  }
  return { data, widthPx, heightPx, channels: 1 };
}

function markRib(size: DrawingSize, frame: BeamFrame, rib: Rib | null): Uint8Array {
  const bits = new Uint8Array(frame.length);
  if (rib === null) return bits;
  for (let x = 0; x < size.widthPx; x++) {
    const surface = rib.surface((x + 0.5) / size.unitPx);
    if (surface === null) continue;
    const top = Math.max(0, Math.ceil((surface - 2) * size.unitPx - 0.5));
    for (let i = top * size.widthPx + x; i < bits.length; i += size.widthPx) bits[i] = frame[i] as number;
  }
  return bits;
}

function addPlane(plane: Plane, added: Plane): void {
  for (let i = 0; i < plane.data.length; i++) plane.data[i] = (plane.data[i] as number) + (added.data[i] as number);
}

function toTarget(
  target: string,
  maskBits: Uint8Array,
  { size, diagnosis }: { readonly size: DrawingSize; readonly diagnosis: string | null },
): PhantomTarget {
  const mask = { maskBits, widthPx: size.widthPx, heightPx: size.heightPx };
  return { modality: 'ultrasound', anatomy: 'breast', target, present: maskBits.includes(1), diagnosis, mask };
}
