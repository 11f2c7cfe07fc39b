import { initParams } from '@sim4seg/compute';
import { SAM_NORMALISATION, services } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { eagerBundle, expectConform, fakeImage } from '@sim4seg/testing';
import { describe, expect, it } from 'vitest';
import { samImageEncoderPlugin } from '../plugin-inference.js';
import { SAM_ENCODE_GRAPH } from './graph-name.js';
import { prepareSamImage } from './prepare-sam-image.js';
import { SAM_IMAGE_ENCODER_SIZES } from './published-sizes.js';
import { samImageEncoderProgram } from './sam-image-encoder.js';
import { samImageEncoderSizesSchema } from './sizes.js';
import { samImageEncoderSpecs } from './specs.js';

const sizes = samImageEncoderSizesSchema.parse({
  ...{ inputSidePx: 32, patchPx: 8, tokenWidth: 8, depth: 2, heads: 2, mlpRatio: 2, width: 8, windowSide: 3 },
  globalBlocks: [1],
});
const program = samImageEncoderProgram(sizes);
const bundle = eagerBundle({
  graphs: { [SAM_ENCODE_GRAPH]: { program, params: initParams(program.params, 1) } },
  parts: { 'sam-image-encoder': sizes },
});
const image = fakeImage({ widthPx: 40, heightPx: 20 });

describe('sam-image-encoder', () => {
  it('is an image encoder without further outputs, in the sizes of its bundle', async () => {
    await expectConform('image-encoder', samImageEncoderPlugin as PluginDefinition, {
      services: [{ service: services.bundle, instance: bundle }],
    });
    const encoder = await samImageEncoderPlugin.create({ needs: { bundle }, options: { preprocessing: 'sam' } });
    const { embedding, named, frame } = await encoder.encode(image, {});
    expect([encoder.sizes.embeddingSide, embedding.shape, named]).toEqual([4, [1, 8, 4, 4], {}]);
    expect(frame).toMatchObject({ contentWidthPx: 32, contentHeightPx: 16 });
  });

  it('prepares a picture as SAM does, or whole and from 0 to 1 as MedSAM does', () => {
    const sam = prepareSamImage(image, { sidePx: 40, preprocessing: 'sam' });
    const first = (image.data[0]! - SAM_NORMALISATION.mean[0]!) / SAM_NORMALISATION.std[0]!;
    expect([sam.pixels[0], sam.pixels.at(-1)]).toEqual([Math.fround(first), 0]);
    const medsam = prepareSamImage(image, { sidePx: 40, preprocessing: 'medsam' });
    expect([Math.min(...medsam.pixels), Math.max(...medsam.pixels)]).toEqual([0, 1]);
    expect(medsam.frame).toMatchObject({ contentWidthPx: 40, contentHeightPx: 40, originalHeightPx: 20 });
    const constant = { ...image, data: new Uint8Array(image.data.length).fill(9) };
    expect(prepareSamImage(constant, { sidePx: 8, preprocessing: 'medsam' }).pixels.every((x) => x === 0)).toBe(true);
  });

  it('knows the published sizes', () => {
    const counts = Object.values(SAM_IMAGE_ENCODER_SIZES).map((published) =>
      Object.values(samImageEncoderSpecs(published)).reduce(
        (sum, { dims }) => sum + dims.reduce<number>((product, dim) => product * Number(dim), 1),
        0,
      ),
    );
    expect(counts.map((count) => Math.round(count / 1e6))).toEqual([90, 308, 637]);
  });
});
