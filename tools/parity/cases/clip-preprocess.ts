import { cropShortestEdge, resizePillow, shortestEdgeSize, toChannelsFirst } from '@sim4seg/core';
import type { CaseRunner } from '../checker.js';
import { pictureOf } from '../picture-of.js';

export const run: CaseRunner = ({ io, config }, check) => {
  const size = config['size'] as number;
  const normalisation = { mean: config['image_mean'] as number[], std: config['image_std'] as number[] };
  for (const sample of io.subCases) {
    const picture = pictureOf(io, `${sample}/in.image_u8`);
    const resized = resizePillow(picture, shortestEdgeSize(picture, size), { filter: 'bicubic' });
    const cropped = cropShortestEdge(picture, size);
    check.exact(`${sample}/mid.resized_u8`, resized);
    if (io.has(`${sample}/mid.cropped_u8`)) check.exact(`${sample}/mid.cropped_u8`, cropped);
    check.close(`${sample}/out.pixel_values`, { data: toChannelsFirst(cropped, normalisation) });
  }
};
