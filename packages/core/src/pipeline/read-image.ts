import type { ImageFeatures } from '../contracts/image-encoder.js';
import type { LvlmPrefix } from '../contracts/lvlm.js';
import { expectShape } from '../shape.js';
import { askPart, askPartLater } from './ask-part.js';
import type { Run } from './run.js';

/** What the parts saw of the image and the question. */
export interface ImageReading {
  readonly features: ImageFeatures;
  readonly prefix: LvlmPrefix;
  readonly encodeMs: number;
  readonly prefillMs: number;
}

/** Encodes the image (once per image) and prefills the LVLM beside it; an LVLM that takes image features waits for them. */
export async function readImage(run: Run): Promise<ImageReading> {
  const { request, parts, signal } = run;
  const encode = () => run.features.encode(request.image, signal);
  const encoding = run.timed(() => askPartLater(parts, 'imageEncoder', encode));
  const needsFeatures = parts.lvlm.capabilities.imageFeatures !== null;
  const prefilling = (async () => {
    const features = needsFeatures ? (await encoding).value.features : null;
    const { image, question } = request;
    const ask = () => parts.lvlm.prefill({ image, features, question, signal });
    return run.timed(() => askPartLater(parts, 'lvlm', ask));
  })();
  const [encoded, prefilled] = await Promise.all([encoding, prefilling]);
  run.emit({ type: 'encoded', ms: encoded.ms, cached: encoded.value.cached });
  run.emit({ type: 'prefilled', ms: prefilled.ms });
  const { features } = encoded.value;
  expectReading(run, features, prefilled.value);
  return { features, prefix: prefilled.value, encodeMs: encoded.ms, prefillMs: prefilled.ms };
}

function expectReading({ parts }: Run, { embedding }: ImageFeatures, { imageTokens }: LvlmPrefix): void {
  const { embeddingChannels, embeddingSide } = parts.imageEncoder.sizes;
  askPart(parts, 'imageEncoder', () =>
    expectShape('image embedding', embedding, [1, embeddingChannels, embeddingSide, embeddingSide]),
  );
  const { tokenRows, tokenColumns, projectedDim } = parts.lvlm.sizes;
  if (!imageTokens) return;
  askPart(parts, 'lvlm', () => expectShape('image tokens', imageTokens, [1, tokenRows * tokenColumns, projectedDim]));
}
