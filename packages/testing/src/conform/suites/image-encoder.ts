import { services } from '@sim4seg/core';
import type { ImageEncoder, ImageFeatures, MedicalImage } from '@sim4seg/core';
import { demand } from '../breach.js';
import { expectFloats, expectFrame, expectSizes } from '../expect-value.js';
import { testImage } from '../inputs.js';
import type { Suite } from '../suite.js';

/** Features of an image of any sample type. */
export const imageEncoderSuite: Suite<ImageEncoder, MedicalImage, ImageFeatures> = {
  kind: 'image-encoder',
  service: services.imageEncoder,
  abortable: true,
  tolerance: 1e-5,
  inspect: ({ sizes }) => {
    expectSizes({ ...sizes }, ['inputSidePx', 'embeddingChannels', 'embeddingSide']);
    demand(typeof sizes.named === 'object', 'sizes.named is missing; without further outputs it is {}');
    for (const size of Object.values(sizes.named)) expectSizes({ ...size }, ['channels', 'side']);
  },
  input: (variety, seed) => testImage(variety, seed),
  call: (encoder, image, signal) => encoder.encode(image, { signal }),
  expectShapes: ({ embedding, named }, _image, { sizes }) => {
    expectFloats('embedding', embedding, [1, sizes.embeddingChannels, sizes.embeddingSide, sizes.embeddingSide]);
    for (const [name, { channels, side }] of Object.entries(sizes.named)) {
      expectFloats(`named.${name}`, named?.[name], [1, channels, side, side]);
    }
  },
  expectRanges: ({ frame }, image, { sizes }) => {
    expectFrame(frame, image);
    demand(
      frame.sidePx === sizes.inputSidePx,
      `frame.sidePx is ${frame.sidePx}, sizes.inputSidePx ${sizes.inputSidePx}`,
    );
  },
  checks: [],
};
