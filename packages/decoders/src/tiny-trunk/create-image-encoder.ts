import {
  UNIT_NORMALISATION,
  createBreath,
  expectNotAborted,
  expectShape,
  prepareImage,
  prepareLongestSideInTurns,
  toRgbU8,
} from '@sim4seg/core';
import type {
  FloatArray,
  ImageEncoder,
  ImageEncoderSizes,
  MedicalImage,
  ModelBundle,
  PrepareOptions,
} from '@sim4seg/core';
import { bundleSizes } from '../inference/bundle-sizes.js';
import { floatOutput, floatValue } from '../inference/graph-values.js';
import { TRUNK_GRAPH } from './graph-name.js';
import { PIXEL_CHANNELS, tinyTrunkSizesSchema } from './sizes.js';
import type { TinyTrunkSizes } from './sizes.js';

/** The trunk as an image encoder over the graphs of a bundle. */
export function createTinyTrunk(bundle: ModelBundle): ImageEncoder {
  const sizes = bundleSizes(bundle, 'tiny-trunk', tinyTrunkSizesSchema);
  const declared = declaredSizes(sizes);
  return {
    sizes: declared,
    encode: async (image, { signal }) => {
      expectNotAborted(signal);
      const breathe = createBreath(() => performance.now(), signal);
      const { pixels, frame } = await prepareLongestSideInTurns(toRgbU8(image), trunkFrame(sizes.inputSidePx), breathe);
      const shape = [1, 3, sizes.inputSidePx, sizes.inputSidePx];
      const outputs = await bundle.graphs.run(TRUNK_GRAPH, { image: floatValue(pixels, shape) }, { signal });
      const embedding = floatOutput(outputs, 'embedding');
      expectShape('embedding', embedding, [1, sizes.width, declared.embeddingSide, declared.embeddingSide]);
      const named = Object.keys(declared.named).map((name): [string, FloatArray] => [name, floatOutput(outputs, name)]);
      return { embedding, named: Object.fromEntries(named), frame };
    },
  };
}

/**
 * Preprocessing of the trunk: longest side to the frame's side (Pillow-equal), 0..1, zero padding.
 * - `image`: original frame; returns `pixels` float32[3,side,side]; model frame
 */
export function prepareTrunkImage(image: MedicalImage, sidePx: number): ReturnType<typeof prepareImage> {
  return prepareImage(image, trunkFrame(sidePx));
}

const trunkFrame = (sidePx: number): PrepareOptions => ({ sidePx, normalisation: UNIT_NORMALISATION });

function declaredSizes({ inputSidePx, channels, width }: TinyTrunkSizes): ImageEncoderSizes {
  const [stride4, stride8, stride16] = channels;
  return {
    inputSidePx,
    embeddingChannels: width,
    embeddingSide: inputSidePx / 16,
    named: {
      pixels: { channels: PIXEL_CHANNELS, side: inputSidePx / 4 },
      stride4: { channels: stride4, side: inputSidePx / 4 },
      stride8: { channels: stride8, side: inputSidePx / 8 },
      stride16: { channels: stride16, side: inputSidePx / 16 },
    },
  };
}
