import { maskLogitsMapper } from '@sim4seg/core';
import type { ModelFrame } from '@sim4seg/core';
import type { CaseRunner } from '../checker.js';

interface SubCase {
  readonly input_size: readonly [heightPx: number, widthPx: number];
  readonly original_size: readonly [heightPx: number, widthPx: number];
}

function frameOf(
  { input_size: [contentHeightPx, contentWidthPx], original_size }: SubCase,
  sidePx: number,
): ModelFrame {
  const [originalHeightPx, originalWidthPx] = original_size;
  return { sidePx, contentHeightPx, contentWidthPx, originalHeightPx, originalWidthPx };
}

export const run: CaseRunner = ({ io, config }, check) => {
  for (const [name, subCase] of Object.entries(config['subcases'] as Record<string, SubCase>)) {
    const { data, shape } = io.floats(`${name}/in.low_res`);
    const [prompts = 1, masks = 1, side = 1] = shape;
    const toOriginal = maskLogitsMapper(frameOf(subCase, config['img_size'] as number), side);
    const maps = Array.from({ length: prompts * masks }, (_, i) =>
      toOriginal(data.slice(i * side * side, (i + 1) * side * side)),
    );
    const out = Float32Array.from(maps.flatMap((map) => [...map.data]));
    check.close(`${name}/out.masks`, { data: out, shape: [prompts, masks, ...subCase.original_size] });
  }
};
