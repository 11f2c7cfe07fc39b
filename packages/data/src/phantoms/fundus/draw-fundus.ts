import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import type { Point } from '../draw/strokes.js';
import { drawTaperedPiece } from '../draw/tapered-stroke.js';
import { createCanvas, developCanvas } from '../draw/canvas.js';
import type { Drawing, DrawingSize, PhantomTarget } from '../phantom.js';
import { drawEye } from './eye.js';
import type { Eye } from './eye.js';
import { drawLesions } from './fundus-lesions.js';
import { drawFundusStyle, RETINA_DIAGNOSES } from './fundus-style.js';
import { drawOpticDisc } from './optic-disc.js';
import { paintRetina } from './paint-retina.js';
import { drawFieldOfView, drawGround, drawLight } from './retina.js';
import { growVessels } from './vessel-tree.js';
import type { Vessel } from './vessel-tree.js';

/** Pictures through a clouded lens, in which no vessel can be made out. */
const CLOUDED_SHARE = 0.1;
/** Pictures that look past the optic disc. */
const AWAY_SHARE = 0.2;

/** Draws a fundus photograph: retina with its vessels, mostly the optic disc, lesions of the diagnosis, uneven light. */
export function drawFundus(size: DrawingSize, random: DataRandom): Drawing {
  const clouded = random.chance(CLOUDED_SHARE);
  const diagnosis = pick(RETINA_DIAGNOSES, random);
  const style = drawFundusStyle(diagnosis, random.fork('style'));
  // Glaucoma shows at the disc; in a clouded picture nothing may be seen that its labels deny.
  const away = clouded || (random.chance(AWAY_SHARE) && diagnosis !== 'glaucoma');
  const eye = drawEye(size, away ? 'away' : random.chance(0.3) ? 'disc' : 'macula', random.fork('eye'));
  const view = drawFieldOfView(size, eye, random.fork('view'));
  const vessels = clouded ? [] : growVessels(eye, style, random.fork('vessels'));
  const blood = drawBlood(size, vessels, random.fork('blood'));
  const disc = drawOpticDisc(size, eye, style, random.fork('disc'));
  const canvas = createCanvas(size);
  paintRetina(
    canvas,
    {
      view,
      blood: blood.depth,
      reflex: blood.reflex,
      light: drawLight(size, eye, random.fork('light')),
      ground: drawGround(size, eye, style, random.fork('ground')),
      disc,
      lesions: drawLesions(size, eye, style, random.fork('lesions')),
      pallor: style.pallor,
      cloud: clouded ? random.between(0.78, 0.95) : Math.max(0, random.between(-0.35, 0.4)),
    },
    random.fork('paint'),
  );
  const visible = (bits: Uint8Array): Uint8Array => keepVisible(bits, view);
  const discBits = clouded ? new Uint8Array(disc.bits.length) : visible(disc.bits);
  return {
    picture: developCanvas(canvas, size.unitPx * 0.8, random.fork('develop')),
    targets: [
      toTarget('retinal blood vessels', visible(blood.bits), { size, diagnosis: clouded ? null : diagnosis }),
      toTarget('optic disc', keepWhole(discBits, eye, size), { size, diagnosis: null }),
    ],
  };
}

interface Blood {
  /** How much blood light passes, and the bright line along wide vessels. */
  readonly depth: Plane;
  readonly reflex: Plane;
  /** uint8[height, width]; as an observer would mark the vessels, never thinner than about a pixel */
  readonly bits: Uint8Array;
}

function drawBlood(size: DrawingSize, vessels: readonly Vessel[], random: DataRandom): Blood {
  const depth = createPlane(size);
  const reflex = createPlane(size);
  const bits = new Uint8Array(depth.data.length);
  const mark = { bits, leastWidth: 1.1 };
  const { unitPx } = size;
  const strength = { vein: random.between(0.8, 1.15), artery: random.between(0.5, 0.85) };
  for (const { kind, points, widths } of vessels) {
    for (let i = 1; i < points.length; i++) {
      const fromWidth = (widths[i - 1] as number) * unitPx;
      const toWidth = (widths[i] as number) * unitPx;
      const piece = { from: scale(points[i - 1], unitPx), to: scale(points[i], unitPx), fromWidth, toWidth };
      const faint = 0.5 + 0.5 * Math.min(1, fromWidth / (2 * unitPx));
      drawTaperedPiece(depth, piece, { strength: strength[kind] * faint, mark });
      if (fromWidth < 1.7 * unitPx) continue;
      const shine = { ...piece, fromWidth: fromWidth * 0.3, toWidth: toWidth * 0.3 };
      drawTaperedPiece(reflex, shine, { strength: kind === 'artery' ? 0.5 : 0.22 });
    }
  }
  return { depth, reflex, bits };
}

function scale(point: Point | undefined, unitPx: number): Point {
  return { x: (point?.x ?? 0) * unitPx, y: (point?.y ?? 0) * unitPx };
}

function keepVisible(bits: Uint8Array, { data: view }: Plane): Uint8Array {
  const seen = new Uint8Array(bits.length);
  for (let i = 0; i < seen.length; i++) if (bits[i] === 1 && (view[i] as number) > 0.5) seen[i] = 1;
  return seen;
}

/** A disc of which only a sliver is seen is not asked for. */
function keepWhole(bits: Uint8Array, { discRadius }: Eye, { unitPx }: DrawingSize): Uint8Array {
  let seen = 0;
  for (let i = 0; i < bits.length; i++) seen += bits[i] as number;
  return seen > 0.4 * Math.PI * (discRadius * unitPx) ** 2 ? bits : new Uint8Array(bits.length);
}

function toTarget(
  target: string,
  maskBits: Uint8Array,
  { size, diagnosis }: { readonly size: DrawingSize; readonly diagnosis: string | null },
): PhantomTarget {
  const mask = { maskBits, widthPx: size.widthPx, heightPx: size.heightPx };
  return { modality: 'fundus photography', anatomy: 'retina', target, present: maskBits.includes(1), diagnosis, mask };
}
