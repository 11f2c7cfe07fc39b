import type { ImageEncoder, ImageFeatures } from '../contracts/image-encoder.js';
import type { MedicalImage } from '../contracts/image.js';
import { expectNotAborted } from '../errors.js';
import { untilAborted } from '../until-aborted.js';

/** Image features of the latest images, so that further questions about an image do not encode it again. */
export interface FeatureCache {
  encode(image: MedicalImage, signal: AbortSignal | undefined): Promise<{ features: ImageFeatures; cached: boolean }>;
}

/**
 * Keeps the features of the latest `capacity` images by their sha256. Two callers of one image share one encoding, so
 * an abort ends the waiting of its caller and never the encoding itself.
 */
export function createFeatureCache(encoder: ImageEncoder, capacity: number): FeatureCache {
  const kept = new Map<string, Promise<ImageFeatures>>();
  return {
    encode: async (image, signal) => {
      expectNotAborted(signal);
      const known = kept.get(image.sha256);
      const encoding = known ?? encoder.encode(image, {});
      kept.delete(image.sha256);
      kept.set(image.sha256, encoding);
      for (const oldest of [...kept.keys()].slice(0, kept.size - capacity)) kept.delete(oldest);
      try {
        return { features: await untilAborted(encoding, signal), cached: known !== undefined };
      } catch (error) {
        encoding.catch(() => kept.delete(image.sha256));
        throw error;
      }
    },
  };
}
