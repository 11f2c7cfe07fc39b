import type { ModelFrame, RegionPrompts } from '@sim4seg/core';

/** A region as samples over the model frame. */
export interface PromptMap {
  /** uint8[S*S]; 1 where the prompts say that the target is. */
  readonly inside: Uint8Array;
  readonly side: number;
}

/** Reach of a positive point, as a share of the frame's side. */
const POINT_REACH = 1 / 32;

/**
 * Where prompts of any kind say that the target is: mask logits above 0, the inside of boxes, discs around positive
 * points.
 */
export function promptMap(prompts: RegionPrompts, frame: ModelFrame, side: number): PromptMap {
  const inside = new Uint8Array(side * side);
  const stepPx = frame.sidePx / side;
  prompts.mask?.data.forEach((logit, i) => logit > 0 && (inside[i] = 1));
  const { boxes, points, pointLabels } = prompts;
  for (let i = 0; i + 3 < (boxes?.data.length ?? 0); i += 4)
    fillBox(inside, side, boxes!.data.subarray(i, i + 4), stepPx);
  for (let i = 0; i < (points?.data.length ?? 0) / 2; i++) {
    if ((pointLabels?.data[i] ?? 1) !== 1) continue;
    const reach = POINT_REACH * frame.sidePx;
    fillDisc(inside, side, { x: points!.data[2 * i]!, y: points!.data[2 * i + 1]!, reach, stepPx });
  }
  return { inside, side };
}

function fillBox(inside: Uint8Array, side: number, box: Float32Array, stepPx: number): void {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box;
  eachSample(inside, side, stepPx, (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1);
}

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
  readonly stepPx: number;
}

function fillDisc(inside: Uint8Array, side: number, { x: atX, y: atY, reach, stepPx }: Disc): void {
  eachSample(inside, side, stepPx, (x, y) => Math.hypot(x - atX, y - atY) <= reach);
}

/** Marks samples by the place of their centre, px. */
function eachSample(inside: Uint8Array, side: number, stepPx: number, isIn: (x: number, y: number) => boolean): void {
  for (let i = 0; i < inside.length; i++) {
    if (isIn(((i % side) + 0.5) * stepPx, (Math.floor(i / side) + 0.5) * stepPx)) inside[i] = 1;
  }
}
