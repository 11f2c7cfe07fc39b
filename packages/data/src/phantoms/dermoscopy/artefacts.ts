import type { DataRandom } from '../../random.js';
import { sampleField } from '../draw/field.js';
import { createNoise, smoothStep } from '../draw/noise.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { drawStroke, randomCurve } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { ColourCanvas } from '../draw/canvas.js';

type Colour = readonly [red: number, green: number, blue: number];

/** Draws hairs over everything: few or many, dark or fair. */
export function drawHair(canvas: ColourCanvas, size: DrawingSize, random: DataRandom): void {
  if (!random.chance(0.5)) return;
  const hairs = createPlane(size);
  const count = random.chance(0.3) ? 18 + random.int(26) : 2 + random.int(12);
  const thick = random.between(0.7, 1.7) * size.unitPx;
  for (let i = 0; i < count; i++) {
    const from = { x: random.between(-0.1, 1.1) * size.widthPx, y: random.between(-0.1, 1.1) * size.heightPx };
    const hair = randomCurve(from, random.between(0.25, 1) * size.widthPx, random);
    drawStroke(hairs, hair, thick * random.between(0.6, 1.1), random.between(0.55, 0.95));
  }
  const shade = random.between(0, 1);
  const dark: Colour = [0.16, 0.11, 0.09];
  const fair: Colour = [0.62, 0.46, 0.3];
  blend(canvas, hairs, [0, 1, 2].map((c) => mix(dark, fair, shade ** 2, c)) as unknown as Colour);
}

/** Draws a millimetre scale as most dermatoscopes burn in or print on the glass. */
export function drawRuler(canvas: ColourCanvas, size: DrawingSize, random: DataRandom): void {
  if (!random.chance(0.35)) return;
  const ticks = createPlane(size);
  const length = random.between(0.35, 0.6) * size.widthPx;
  const angle = random.between(-0.3, 0.3);
  const at = { x: random.between(0.1, 0.5) * size.widthPx, y: random.between(0.8, 0.95) * size.heightPx };
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const thin = Math.max(0.6, 0.8 * size.unitPx);
  drawStroke(ticks, [at, { x: at.x + length * cos, y: at.y + length * sin }], thin, 0.85);
  for (let i = 0; i <= 20; i++) {
    const root = { x: at.x + (length * cos * i) / 20, y: at.y + (length * sin * i) / 20 };
    const tall = (i % 5 === 0 ? 6 : 3) * size.unitPx;
    drawStroke(ticks, [root, { x: root.x + tall * sin, y: root.y - tall * cos }], thin, 0.85);
  }
  blend(canvas, ticks, [0.12, 0.11, 0.11]);
}

/** Draws bubbles of the contact gel: bright rims with a highlight. */
export function drawBubbles(canvas: ColourCanvas, size: DrawingSize, random: DataRandom): void {
  if (!random.chance(0.3)) return;
  const rims = createPlane(size);
  const count = 1 + random.int(9);
  for (let i = 0; i < count; i++) {
    const center = { x: random.between(0, 1) * size.widthPx, y: random.between(0, 1) * size.heightPx };
    const radius = random.between(2, 9) * size.unitPx * random.between(0.5, 1);
    const ring = Array.from({ length: 25 }, (_, k) => ({
      x: center.x + radius * Math.cos((k * Math.PI) / 12),
      y: center.y + radius * Math.sin((k * Math.PI) / 12),
    }));
    drawStroke(rims, ring, 1.1 * size.unitPx, random.between(0.25, 0.6));
    const spark = { x: center.x - radius * 0.4, y: center.y - radius * 0.4 };
    drawStroke(rims, [spark, spark], 1.8 * size.unitPx, 0.7);
  }
  blend(canvas, rims, [0.98, 0.96, 0.93]);
}

/** Something flat that covers part of the picture: cover 0..1 a pixel, and its colour. */
export interface Cover {
  readonly cover: Plane;
  readonly colour: Colour;
}

/** A coloured sticker that reaches in from an edge, or null; it says nothing about the diagnosis. */
export function drawSticker(size: DrawingSize, random: DataRandom): Cover | null {
  if (!random.chance(0.12)) return null;
  const colours: Colour[] = [
    [0.05, 0.42, 0.75],
    [0.93, 0.55, 0.1],
    [0.35, 0.75, 0.7],
    [0.85, 0.8, 0.2],
  ];
  const colour = colours[random.int(colours.length)] as Colour;
  const radius = random.between(0.16, 0.3) * size.widthPx;
  const corner = { x: random.chance(0.5) ? 0 : size.widthPx, y: random.between(0, 1) * size.heightPx };
  const cover = createPlane(size);
  for (let i = 0; i < cover.data.length; i++) {
    const x = (i % size.widthPx) + 0.5 - corner.x;
    const y = Math.floor(i / size.widthPx) + 0.5 - corner.y;
    cover.data[i] = Math.min(1, Math.max(0, radius - Math.sqrt(x * x + y * y)));
  }
  return { cover, colour };
}

/** The dark rim as a cover of black: soft, or the hard edge of the instrument's round field; null without one. */
export function drawVignette(size: DrawingSize, random: DataRandom): Cover | null {
  const kind = random.uniform();
  if (kind < 0.18) return null;
  const hard = kind > 0.6;
  const centerX = size.widthPx * random.between(0.46, 0.54);
  const centerY = size.heightPx * random.between(0.46, 0.54);
  const halfDiagonal = Math.hypot(size.widthPx, size.heightPx) / 2;
  const radius = halfDiagonal * (hard ? random.between(0.74, 0.93) : random.between(0.3, 0.55));
  const reach = hard ? random.between(3, 9) * size.unitPx : halfDiagonal * 0.8;
  const depth = hard ? random.between(0.85, 1) : random.between(0.35, 0.8);
  const cover = createPlane(size);
  for (let i = 0; i < cover.data.length; i++) {
    const x = (i % size.widthPx) + 0.5 - centerX;
    const y = Math.floor(i / size.widthPx) + 0.5 - centerY;
    cover.data[i] = depth * smoothStep(radius, radius + reach, Math.sqrt(x * x + y * y));
  }
  return { cover, colour: [0, 0, 0] };
}

/** Uneven light: one side of the picture is darker, as under a tilted dermatoscope; null where the light is even. */
export function drawShade(size: DrawingSize, random: DataRandom): Cover | null {
  if (random.chance(0.3)) return null;
  const angle = random.between(0, 2 * Math.PI);
  const depth = random.between(0.12, 0.6);
  const [cos, sin] = [Math.cos(angle) / size.widthPx, Math.sin(angle) / size.heightPx];
  const bend = createNoise(random);
  const [middleX, middleY] = [size.widthPx / 2, size.heightPx / 2];
  const cover = sampleField(size, 4, (x, y) => {
    const along = cos * (x * size.unitPx - middleX) + sin * (y * size.unitPx - middleY);
    return depth * smoothStep(-0.35, 0.75, along + 0.25 * bend(x / 90, y / 90));
  });
  return { cover, colour: [0.06, 0.03, 0.02] };
}

/** Lays a cover over the canvas. */
export function paintCover(canvas: ColourCanvas, { cover, colour }: Cover): void {
  blend(canvas, cover, colour);
}

function blend({ planes: [red, green, blue] }: ColourCanvas, cover: Plane, colour: Colour): void {
  for (let i = 0; i < cover.data.length; i++) {
    const alpha = cover.data[i] as number;
    if (alpha <= 0) continue;
    const rest = 1 - alpha;
    red.data[i] = (red.data[i] as number) * rest + colour[0] * alpha;
    green.data[i] = (green.data[i] as number) * rest + colour[1] * alpha;
    blue.data[i] = (blue.data[i] as number) * rest + colour[2] * alpha;
  }
}

function mix(a: Colour, b: Colour, share: number, channel: number): number {
  return (a[channel] as number) * (1 - share) + (b[channel] as number) * share;
}
