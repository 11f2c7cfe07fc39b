import { expectShape } from '@sim4seg/core';
import type { FloatArray, PromptEncoder, RegionPrompts } from '@sim4seg/core';
import { z } from 'zod';

export const boxPromptsSchema = z.strictObject({
  /** How far the box reaches beyond the region, px of the model frame. MedSAM was trained with boxes up to 20 px off. */
  marginPx: z.number().min(0).max(512).default(0),
});

/**
 * A prompt encoder that gives boxes alone: whatever a region prior paints or points at becomes the box around it. For
 * decoders that were trained with boxes, such as MedSAM's, so that they work with every region prior. A region without
 * any pixel becomes the whole frame.
 * @source MedSAM, section "Methods": bounding boxes as prompts
 */
export function boxesOnly(encoder: PromptEncoder, { marginPx }: z.infer<typeof boxPromptsSchema>): PromptEncoder {
  const side = encoder.sizes.inputSidePx;
  const toBox = (prompts: RegionPrompts): RegionPrompts => {
    const [x0, y0, x1, y1] = regionOf(prompts, encoder.sizes) ?? [0, 0, side, side];
    const corners = [x0 - marginPx, y0 - marginPx, x1 + marginPx, y1 + marginPx];
    const inFrame = corners.map((corner) => Math.min(side, Math.max(0, corner)));
    return { boxes: { data: Float32Array.from(inFrame), shape: [1, 4] } };
  };
  return {
    sizes: encoder.sizes,
    encode: (input, options) => encoder.encode({ ...input, prompts: input.prompts.map(toBox) }, options),
  };
}

type Corners = readonly [x0: number, y0: number, x1: number, y1: number];

function regionOf({ boxes, mask, points, pointLabels }: RegionPrompts, sizes: PromptEncoder['sizes']): Corners | null {
  if (boxes) {
    expectShape('prompts.boxes', boxes, [1, 4]);
    return [...boxes.data] as unknown as Corners;
  }
  if (mask) return aroundMask(mask, sizes);
  return points ? aroundPoints(points, pointLabels?.data) : null;
}

/** Corners of the positive part of a mask prompt, in px of the model frame. */
function aroundMask(mask: FloatArray, { promptSide, inputSidePx }: PromptEncoder['sizes']): Corners | null {
  expectShape('prompts.mask', mask, [1, 1, promptSide, promptSide]);
  let [left, top, right, bottom] = [promptSide, promptSide, -1, -1];
  mask.data.forEach((value, i) => {
    if (!(value > 0)) return;
    const [x, y] = [i % promptSide, Math.floor(i / promptSide)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  });
  const step = inputSidePx / promptSide;
  return right < 0 ? null : [left * step, top * step, (right + 1) * step, (bottom + 1) * step];
}

function aroundPoints({ data }: FloatArray, labels: Int32Array | undefined): Corners | null {
  const inside = Array.from({ length: data.length >> 1 }, (_, i) => i).filter((i) => (labels?.[i] ?? 1) === 1);
  if (inside.length === 0) return null;
  const [xs, ys] = [0, 1].map((axis) => inside.map((i) => data[2 * i + axis] as number)) as [number[], number[]];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
