import type { Noise } from '../draw/noise.js';
import type { Plane } from '../draw/plane.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { Fracture } from './fracture.js';
import type { BonePlan } from './skeleton.js';
import type { ArmView } from './view.js';

/** A bone where it lies in the picture; drawing units. */
export interface Bone {
  readonly from: Point;
  readonly length: number;
  /** Unit vector along the bone. */
  readonly axis: Point;
  readonly plan: BonePlan;
  readonly zoom: number;
}

export function placeBone(plan: BonePlan, view: ArmView): Bone {
  const [from, to] = [view.toPicture(plan.from), view.toPicture(plan.to)];
  const length = Math.max(1e-3, Math.hypot(to.x - from.x, to.y - from.y));
  return { from, length, axis: { x: (to.x - from.x) / length, y: (to.y - from.y) / length }, plan, zoom: view.zoom };
}

/** Outer radius at a place along the bone: a slim shaft with wide ends. */
export function boneRadius({ plan, length, zoom }: Bone, along: number): number {
  const t = Math.min(1, Math.max(0, along / length));
  const start = Math.max(0, 1 - t / plan.flare) ** 2;
  const end = Math.max(0, 1 - (1 - t) / plan.flare) ** 2;
  return zoom * (plan.shaft + (plan.ends[0] - plan.shaft) * start + (plan.ends[1] - plan.shaft) * end);
}

/** From the bone's frame to the picture. */
export function fromBoneFrame({ from, axis, length, plan, zoom }: Bone, { x, y }: Point): Point {
  const t = Math.min(1, Math.max(0, y / length));
  const across = x + 4 * plan.bend * zoom * t * (1 - t);
  return { x: from.x + axis.x * y - axis.y * across, y: from.y + axis.y * y + axis.x * across };
}

/** Adds the path of the ray through a bone: a wall of dense bone around spongy bone, which makes the bright edges. */
export function addBone(
  plane: Plane,
  bone: Bone,
  { size, fracture, grain }: { readonly size: DrawingSize; readonly fracture: Fracture | null; readonly grain: Noise },
): void {
  const box = boundingBox(bone, size);
  const { from, axis, plan, length, zoom } = bone;
  const scale = 1 / zoom;
  for (let row = box.top; row < box.bottom; row++) {
    const dy = (row + 0.5) / size.unitPx - from.y;
    for (let column = box.left; column < box.right; column++) {
      const dx = (column + 0.5) / size.unitPx - from.x;
      const along = dx * axis.x + dy * axis.y;
      const t = Math.min(1, Math.max(0, along / length));
      const across = dy * axis.x - dx * axis.y - 4 * plan.bend * zoom * t * (1 - t);
      if (Math.abs(across) > box.reach) continue;
      const path = fracture === null ? pathThrough(bone, along, across) : brokenPath(bone, fracture, { along, across });
      if (path <= 0) continue;
      const spongy = 1 + (Math.abs(t - 0.5) > 0.32 ? 0.16 : 0.05) * grain(dx * scale * 0.55, dy * scale * 0.55);
      const i = row * size.widthPx + column;
      plane.data[i] = (plane.data[i] as number) + path * spongy * scale;
    }
  }
}

/** Length of dense bone on the way of a ray. */
function pathThrough(bone: Bone, along: number, across: number): number {
  const radius = boneRadius(bone, along);
  const over = along < 0 ? -along : along > bone.length ? along - bone.length : 0;
  // Ends are rounded, flatter than a ball.
  const cap = over / (0.55 * radius);
  if (cap >= 1) return 0;
  const square = radius * radius * (1 - cap * cap) - across * across;
  if (square <= 0) return 0;
  const t = along / bone.length;
  const towardsEnd = Math.min(1, Math.max(0, (Math.abs(t - 0.5) - 0.18) / 0.3));
  const wall = bone.plan.cortex * (1 - 0.68 * towardsEnd);
  const inner = square - radius * radius * wall * (2 - wall);
  const marrow = inner > 0 ? Math.sqrt(inner) : 0;
  return Math.sqrt(square) - marrow * (0.88 - 0.4 * towardsEnd);
}

function brokenPath(bone: Bone, fracture: Fracture, { along, across }: { along: number; across: number }): number {
  const beyond = along - fracture.lineAt(across);
  const moved = beyond > 0 ? across - fracture.step - fracture.tilt * (along - fracture.along) : across;
  const path = pathThrough(bone, along, moved);
  const near = beyond / fracture.gap;
  return near * near > 9 ? path : path * (1 - fracture.depth * Math.exp(-near * near));
}

function boundingBox({ from, axis, length, plan, zoom }: Bone, { widthPx, heightPx, unitPx }: DrawingSize) {
  const reach =
    zoom * (Math.max(...plan.ends, plan.shaft) * 1.7 + 2 * Math.abs(plan.bend)) + 0.3 * Math.min(60, length);
  const to = { x: from.x + axis.x * length, y: from.y + axis.y * length };
  return {
    reach,
    left: Math.max(0, Math.floor((Math.min(from.x, to.x) - reach) * unitPx)),
    right: Math.min(widthPx, Math.ceil((Math.max(from.x, to.x) + reach) * unitPx)),
    top: Math.max(0, Math.floor((Math.min(from.y, to.y) - reach) * unitPx)),
    bottom: Math.min(heightPx, Math.ceil((Math.max(from.y, to.y) + reach) * unitPx)),
  };
}
