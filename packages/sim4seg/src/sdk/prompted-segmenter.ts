import {
  Sim4SegError,
  expectNotAborted,
  maskFromValues,
  maskLogitsMapper,
  pipelineChoices,
  pointsToModelFrame,
  services,
} from '@sim4seg/core';
import type { ConfigTree, MaskBits, MedicalImage, ModelFrame, PartScope, RegionPrompts } from '@sim4seg/core';
import { openModel } from './model.js';
import type { OpenModelOptions } from './open-options.js';

/** Where the target is; in the original frame, px. At least one of both. */
export interface MaskPrompt {
  /** Left, top, right, bottom. */
  readonly boxPx?: readonly [number, number, number, number];
  /** Six at most beside a box, eight without one. */
  readonly points?: readonly { readonly xPx: number; readonly yPx: number; readonly inside: boolean }[];
}

/** A mask of a prompt. */
export interface PromptedMask {
  readonly maskBits: MaskBits;
  readonly predictedIou: number;
}

/** Masks from points and boxes, without language. */
export interface PromptedSegmenter extends AsyncDisposable {
  /**
   * Masks in the original frame: first the decoder's answer to a clear prompt, then those to an ambiguous one.
   * @throws USAGE without a prompt, WIRING with too many points
   */
  segment(
    image: MedicalImage,
    prompt: MaskPrompt,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly PromptedMask[]>;
  close(): Promise<void>;
}

const PARTS: ReadonlySet<string> = new Set(['imageEncoder', 'promptEncoder', 'maskDecoder']);

/**
 * Opens image encoder, prompt encoder and mask decoder of a bundle alone: what a converted SAM or MedSAM is for, which has
 * no LVLM. An image is encoded once for prompts that follow each other.
 * @throws what `createSim4Seg` throws
 * @example await using sam = await createPromptedSegmenter({ bundle: './medsam' })
 */
export async function createPromptedSegmenter(
  tree: ConfigTree,
  options: OpenModelOptions = {},
): Promise<PromptedSegmenter> {
  const model = await openModel(tree, options);
  const choices = pipelineChoices(model.config).filter(({ path }) => PARTS.has(path));
  const scope = await model.host.createParts(choices).catch(async (error: unknown) => {
    await model.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await scope.dispose();
    await model.close();
  };
  return {
    segment: (image, prompt, { signal } = {}) => segment(scope, { image, prompt, signal }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface SegmentRequest {
  readonly image: MedicalImage;
  readonly prompt: MaskPrompt;
  readonly signal: AbortSignal | undefined;
}

async function segment(scope: PartScope, { image, prompt, signal }: SegmentRequest): Promise<PromptedMask[]> {
  expectNotAborted(signal);
  const decoder = scope.get(services.maskDecoder);
  const features = await scope.get(services.imageEncoder).encode(image, { signal });
  const asked = { prompts: [promptsOf(prompt, features.frame)], text: null };
  const prompts = await scope.get(services.promptEncoder).encode(asked, { signal });
  const { lowResLogits, predictedIou } = await decoder.decode({ features, prompts }, { signal });
  const { lowResSide, masksPerPrompt } = decoder.sizes;
  const toOriginal = maskLogitsMapper(features.frame, lowResSide);
  const place = { widthPx: image.widthPx, heightPx: image.heightPx, frameId: image.sha256 };
  return Array.from({ length: masksPerPrompt }, (_, mask) => {
    const logits = lowResLogits.data.subarray(mask * lowResSide ** 2, (mask + 1) * lowResSide ** 2);
    return {
      maskBits: maskFromValues(toOriginal(logits).data, place),
      predictedIou: predictedIou.data[mask] as number,
    };
  });
}

function promptsOf({ boxPx, points = [] }: MaskPrompt, frame: ModelFrame): RegionPrompts {
  if (!boxPx && points.length === 0) {
    throw new Sim4SegError('USAGE', {
      must: 'A prompt holds a box or points',
      got: 'neither',
      fix: 'give boxPx: [left, top, right, bottom], or points: [{ xPx, yPx, inside: true }]',
    });
  }
  const places = Float32Array.from(points.flatMap(({ xPx, yPx }) => [xPx, yPx]));
  const labels = Int32Array.from(points, ({ inside }) => (inside ? 1 : 0));
  return {
    ...(boxPx && { boxes: { data: pointsToModelFrame(Float32Array.from(boxPx), frame), shape: [1, 4] } }),
    ...(points.length > 0 && {
      points: { data: pointsToModelFrame(places, frame), shape: [1, points.length, 2] },
      pointLabels: { data: labels, shape: [1, points.length] },
    }),
  };
}
