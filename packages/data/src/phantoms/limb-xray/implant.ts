import type { DataRandom } from '../../random.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { drawStroke } from '../draw/strokes.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import { boneRadius, fromBoneFrame } from './bone.js';
import type { Bone } from './bone.js';

/** Draws metal that holds a bone around a place along it: a plate with screws, a nail, or wires. Cover 0..1. */
export function drawImplant(size: DrawingSize, bone: Bone, along: number, random: DataRandom): Plane {
  const metal = createPlane(size);
  const radius = boneRadius(bone, along);
  const line = (from: Point, to: Point, width: number): void => {
    const points = [from, to].map((point) => {
      const { x, y } = fromBoneFrame(bone, point);
      return { x: x * size.unitPx, y: y * size.unitPx };
    });
    drawStroke(metal, points, Math.max(1.2, width * size.unitPx));
  };
  const kind = random.uniform();
  if (kind < 0.6) drawPlate(line, { along, radius }, random);
  else if (kind < 0.8) {
    const reach = radius * random.between(4, 9);
    const lean = random.between(-0.15, 0.15) * radius;
    line({ x: -lean, y: along - reach }, { x: lean, y: along + reach }, radius * random.between(0.45, 0.7));
  } else {
    for (let i = 0; i < 2 + random.int(2); i++) {
      const reach = radius * random.between(1.8, 3.5);
      const lean = radius * random.between(-1.2, 1.2);
      line({ x: -lean, y: along - reach }, { x: lean, y: along + reach }, radius * 0.14);
    }
  }
  return metal;
}

type Line = (from: Point, to: Point, width: number) => void;

function drawPlate(line: Line, { along, radius }: { along: number; radius: number }, random: DataRandom): void {
  const side = (random.chance(0.5) ? 1 : -1) * random.between(0.55, 1) * radius;
  const reach = radius * random.between(2.6, 5.5);
  const screws = 4 + random.int(4);
  line({ x: side, y: along - reach }, { x: side, y: along + reach }, radius * random.between(0.28, 0.55));
  for (let i = 0; i < screws; i++) {
    const y = along + reach * (-0.9 + (1.8 * i) / (screws - 1));
    const end = { x: -side * random.between(0.5, 1.15), y: y + random.between(-0.25, 0.25) * radius };
    line({ x: side, y }, end, radius * 0.2);
  }
}
