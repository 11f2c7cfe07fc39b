import { createModelFrame, longestSideSize, pointsToModelFrame, prepareLongestSide, resizePillow } from '@sim4seg/core';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner } from '../checker.js';
import { pictureOf } from '../picture-of.js';

const shapeTable = 'shape_table';

function checkSizes(io: ReferenceTensors): readonly number[] {
  const { data, shape } = io.ints(`${shapeTable}/out.rows`);
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => {
    const [heightPx = 0, widthPx = 0, side = 0] = data.subarray(i * 5, i * 5 + 5);
    const resized = longestSideSize({ widthPx, heightPx }, side);
    return [heightPx, widthPx, side, resized.heightPx, resized.widthPx];
  }).flat();
}

export const run: CaseRunner = ({ io, config }, check) => {
  const sidePx = config['img_size'] as number;
  const normalisation = { mean: config['pixel_mean'] as number[], std: config['pixel_std'] as number[] };
  if (io.has(`${shapeTable}/out.rows`)) check.exact(`${shapeTable}/out.rows`, { data: checkSizes(io) });
  for (const sample of io.subCases.filter((name) => name !== shapeTable)) {
    const picture = pictureOf(io, `${sample}/in.image_u8`);
    const frame = createModelFrame(picture, sidePx);
    const size = { widthPx: frame.contentWidthPx, heightPx: frame.contentHeightPx };
    check.exact(`${sample}/mid.resized_u8`, resizePillow(picture, size, { filter: 'bilinear' }));
    if (io.has(`${sample}/out.preprocessed`))
      check.close(`${sample}/out.preprocessed`, {
        data: prepareLongestSide(picture, { sidePx, normalisation }).pixels,
      });
    for (const kind of ['points', 'boxes'])
      check.close(`${sample}/out.${kind}`, { data: pointsToModelFrame(io.floats(`${sample}/in.${kind}`).data, frame) });
  }
};
