import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { sampleField } from '../draw/field.js';
import { fillHoles, largestComponent } from '../draw/components.js';
import { bitsAbove } from '../draw/plane.js';
import type { Drawing, DrawingSize, PhantomTarget } from '../phantom.js';
import { drawBubbles, drawHair, drawRuler, drawShade, drawSticker, drawVignette, paintCover } from './artefacts.js';
import type { Cover } from './artefacts.js';
import { createCanvas, developCanvas } from '../draw/canvas.js';
import type { ColourCanvas } from '../draw/canvas.js';
import { drawInkMark } from './ink-mark.js';
import type { InkMark } from './ink-mark.js';
import { createSkinLesion } from './lesion.js';
import type { SkinLesion } from './lesion.js';
import { SKIN_DIAGNOSES } from './lesion-style.js';
import { setPigment, shadeSkin } from './pigment.js';
import type { Pigment } from './pigment.js';
import { createSkin } from './skin.js';
import type { Skin } from './skin.js';

const LESION_SHARE = 0.82;
const INK_SHARE = 0.35;

/** Draws a dermoscopic picture: skin, mostly a lesion, sometimes a pen mark, and the usual artefacts. */
export function drawDermoscopy(size: DrawingSize, random: DataRandom): Drawing {
  const diagnosis = random.chance(LESION_SHARE) ? pick(SKIN_DIAGNOSES, random) : null;
  const center = placeLesion(size, random.fork('place'));
  const lesion = diagnosis === null ? null : createSkinLesion(diagnosis, center, random.fork('lesion'));
  const canvas = createCanvas(size);
  const lesionBits = paintSkin(canvas, { lesion, size }, random.fork('skin'));
  const covers = drawCovers(size, lesionBits, random.fork('covers'));
  const ink = random.chance(INK_SHARE) ? findVisibleMark(size, { lesionBits, covers }, random) : null;
  if (ink !== null) paintInk(canvas, ink, random.fork('ink-paint'));
  for (const draw of [drawHair, drawRuler, drawBubbles]) draw(canvas, size, random.fork(draw.name));
  for (const cover of covers) paintCover(canvas, cover);
  const seen = (bits: Uint8Array): Uint8Array => bits.map((bit, i) => (bit && !isHidden(covers, i) ? 1 : 0));
  const inkBits = ink === null ? new Uint8Array(lesionBits.length) : seen(markBits(ink));
  return {
    picture: developCanvas(canvas, size.unitPx, random.fork('develop')),
    targets: [
      toTarget('skin lesion', seen(lesionBits), { size, diagnosis }),
      toTarget('ink mark', inkBits, { size, diagnosis: null }),
    ],
  };
}

/** Covers of the picture; a sticker that would hide the lesion is left out. */
function drawCovers(size: DrawingSize, lesionBits: Uint8Array, random: DataRandom): Cover[] {
  const sticker = drawSticker(size, random.fork('sticker'));
  const kept = sticker !== null && visibleShare(lesionBits, [sticker]) > 0.85 ? sticker : null;
  const covers = [kept, drawShade(size, random.fork('shade')), drawVignette(size, random.fork('vignette'))];
  return covers.filter((cover) => cover !== null);
}

/** A pen mark that can be seen, or null where no try found a place for one. */
function findVisibleMark(
  size: DrawingSize,
  { lesionBits, covers }: { readonly lesionBits: Uint8Array; readonly covers: readonly Cover[] },
  random: DataRandom,
): InkMark | null {
  const avoid = lesionDisc(lesionBits, size);
  for (let i = 0; i < 6; i++) {
    const mark = drawInkMark(size, avoid, random.fork(`ink ${i}`));
    const bits = markBits(mark);
    if (bits.includes(1) && visibleShare(bits, covers) > 0.85) return mark;
  }
  return null;
}

function markBits({ cover }: InkMark): Uint8Array {
  return bitsAbove(cover, 0.4);
}

function isHidden(covers: readonly Cover[], i: number): boolean {
  return covers.some(({ cover }) => (cover.data[i] as number) > 0.75);
}

function visibleShare(bits: Uint8Array, covers: readonly Cover[]): number {
  let all = 0;
  let hidden = 0;
  bits.forEach((bit, i) => {
    if (!bit) return;
    all++;
    if (isHidden(covers, i)) hidden++;
  });
  return all === 0 ? 1 : 1 - hidden / all;
}

function placeLesion(
  { widthPx, heightPx, unitPx }: DrawingSize,
  random: DataRandom,
): { centerX: number; centerY: number } {
  // Mostly near the middle as a photographer aims, but a third anywhere, so that place words mean something.
  const spread = random.chance(0.35) ? 0.3 : 0.12;
  const along = (lengthPx: number): number => (lengthPx * (0.5 + random.between(-spread, spread))) / unitPx;
  return { centerX: along(widthPx), centerY: along(heightPx) };
}

/** Paints skin and lesion, and returns the lesion's bits. */
function paintSkin(
  canvas: ColourCanvas,
  { lesion, size }: { readonly lesion: SkinLesion | null; readonly size: DrawingSize },
  random: DataRandom,
): Uint8Array {
  const skin = createSkin(size, random);
  const { widthPx, heightPx, unitPx } = size;
  const levels = lesion === null ? null : sampleField(size, 2, lesion.level);
  const pigment: Pigment = { brown: 0, black: 0, blue: 0, red: 0, white: 0 };
  const bits = new Uint8Array(canvas.red.data.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const i = y * widthPx + x;
      setPigment(pigment, skin.brown.data[i] as number, skin.red.data[i] as number);
      const level = levels === null ? Infinity : (levels.data[i] as number);
      if (level < 1) bits[i] = 1;
      if (level < 3) lesion?.addPigment((x + 0.5) / unitPx, (y + 0.5) / unitPx, level, pigment);
      paintPixel(canvas, i, skin, pigment);
    }
  }
  return lesion === null ? bits : fillHoles(largestComponent(bits, widthPx), widthPx);
}

function paintPixel({ planes: [red, green, blue] }: ColourCanvas, i: number, { colour }: Skin, pigment: Pigment): void {
  red.data[i] = shadeSkin(colour[0], 0, pigment);
  green.data[i] = shadeSkin(colour[1], 1, pigment);
  blue.data[i] = shadeSkin(colour[2], 2, pigment);
}

function paintInk(canvas: ColourCanvas, { cover, tint }: InkMark, random: DataRandom): void {
  const strength = random.between(0.7, 0.95);
  canvas.planes.forEach((plane, c) => {
    for (let i = 0; i < plane.data.length; i++) {
      const alpha = strength * (cover.data[i] as number);
      if (alpha > 0) plane.data[i] = (plane.data[i] as number) * (1 - alpha) + alpha * (tint[c] as number) * 0.9;
    }
  });
}

function lesionDisc(bits: Uint8Array, { widthPx }: DrawingSize): { x: number; y: number; radius: number } | null {
  let area = 0;
  let sumX = 0;
  let sumY = 0;
  bits.forEach((bit, i) => {
    if (!bit) return;
    area++;
    sumX += i % widthPx;
    sumY += Math.floor(i / widthPx);
  });
  return area === 0 ? null : { x: sumX / area, y: sumY / area, radius: Math.sqrt(area / Math.PI) };
}

function toTarget(
  target: string,
  maskBits: Uint8Array,
  { size, diagnosis }: { readonly size: DrawingSize; readonly diagnosis: string | null },
): PhantomTarget {
  const mask = { maskBits, widthPx: size.widthPx, heightPx: size.heightPx };
  return { modality: 'dermoscopy', anatomy: 'skin', target, present: maskBits.includes(1), diagnosis, mask };
}
