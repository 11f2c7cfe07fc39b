import { expectNotAborted, expectShape } from '@sim4seg/core';
import type { ImageEncoder, ModelBundle } from '@sim4seg/core';
import { bundleSizes } from '../inference/bundle-sizes.js';
import { floatOutput, floatValue } from '../inference/graph-values.js';
import { SAM_ENCODE_GRAPH, SAM_IMAGE_ENCODER_ID } from './graph-name.js';
import { prepareSamImage } from './prepare-sam-image.js';
import type { SamPreprocessing } from './prepare-sam-image.js';
import { samImageEncoderSizesSchema } from './sizes.js';

/**
 * SAM's image encoder over the graph of a bundle; it has no further outputs, so that it goes with decoders without skips.
 * @throws WIRING, BUNDLE_DAMAGED when the bundle does not hold it
 */
export function createSamImageEncoder(
  bundle: ModelBundle,
  { preprocessing }: { readonly preprocessing: SamPreprocessing },
): ImageEncoder {
  const { inputSidePx, patchPx, width } = bundleSizes(bundle, SAM_IMAGE_ENCODER_ID, samImageEncoderSizesSchema);
  const embeddingSide = inputSidePx / patchPx;
  return {
    sizes: { inputSidePx, embeddingChannels: width, embeddingSide, named: {} },
    encode: async (image, { signal }) => {
      expectNotAborted(signal);
      const { pixels, frame } = prepareSamImage(image, { sidePx: inputSidePx, preprocessing });
      const input = { image: floatValue(pixels, [1, 3, inputSidePx, inputSidePx]) };
      const embedding = floatOutput(await bundle.graphs.run(SAM_ENCODE_GRAPH, input, { signal }), 'embedding');
      expectShape('embedding', embedding, [1, width, embeddingSide, embeddingSide]);
      return { embedding, named: {}, frame };
    },
  };
}
