import { CLIP_NORMALISATION } from '@sim4seg/backbones';
import type { BundleDescription } from '@sim4seg/compute/bundle';
import { SAM_NORMALISATION } from '@sim4seg/core';
import type { SamPreprocessing } from '@sim4seg/decoders';
import type { ModelParts } from './model-parts.js';

export interface ModelFacts {
  readonly name: string;
  readonly parts: ModelParts;
  readonly preprocessing: SamPreprocessing;
  /** Ids of added tokens; null where there is no LVLM. */
  readonly tokenIds: Readonly<Record<string, number>> | null;
  /** Licence that the caller states for all weights; null for the ones under which they were published. */
  readonly licence: string | null;
}

/** What the manifest of converted weights states beside files and hashes. */
export function describeModel(facts: ModelFacts): BundleDescription {
  const { name, parts, tokenIds } = facts;
  return {
    name,
    version: '1.0.0',
    intendedUse: 'Research only. Not a medical device; not for diagnosis or treatment.',
    parts: Object.fromEntries(Object.entries(parts).filter(([, sizes]) => sizes !== undefined)),
    config: configOf(facts),
    preprocessing: preprocessingOf(facts),
    labels: {},
    conversation: { order: 'segment-first' },
    prompts: tokenIds ? { template: 'llava_v1', tokens: tokenIds, imageTokens: 'at <image>' } : {},
    thresholds: {},
    licences: licencesOf(facts),
    training: { imageSha256: [], sets: [], config: {} },
  };
}

/** Who opens the bundle gets these parts unless the config says otherwise. */
function configOf({ parts, preprocessing }: ModelFacts): Record<string, unknown> {
  return {
    ...(parts.llava && { lvlm: { use: 'llava-seg' } }),
    ...(parts['sam-image-encoder'] && { imageEncoder: { use: 'sam-image-encoder', preprocessing } }),
    ...(parts['sam-prompt-encoder'] && { promptEncoder: { use: 'sam-prompt-encoder' } }),
    ...(parts['sam-decoder'] && { maskDecoder: { use: 'sam-decoder' } }),
  };
}

/** @source segment-anything utils/transforms.py; MedSAM MedSAM_Inference.py; transformers CLIPImageProcessor */
function preprocessingOf({ parts, preprocessing }: ModelFacts): Record<string, unknown> {
  const sam = parts['sam-image-encoder'];
  const vision = parts.llava?.vision ?? parts['clip-vision'];
  const samSteps =
    preprocessing === 'sam'
      ? { resize: 'longest side, bilinear', padding: 'zeros below and right', ...SAM_NORMALISATION }
      : { resize: 'square, bicubic', padding: 'none', scale: 'minimum to maximum of the picture as 0 to 1' };
  return {
    ...(sam && { sam: { inputSidePx: sam.inputSidePx, ...samSteps } }),
    ...(vision && {
      clip: { inputSidePx: vision.sidePx, resize: 'shortest side, bicubic, centre crop', ...CLIP_NORMALISATION },
    }),
  };
}

function licencesOf({ parts, licence }: ModelFacts): BundleDescription['licences'] {
  if (licence !== null) return [{ name: licence, appliesTo: 'all weights' }];
  return [
    ...(parts['sam-image-encoder'] ? [{ name: 'Apache-2.0', appliesTo: 'SAM, as published by Meta' }] : []),
    ...((parts.llava ?? parts['clip-vision']) ? [{ name: 'MIT', appliesTo: 'CLIP, as published by OpenAI' }] : []),
    ...(parts.llava ? [{ name: 'LLaMA licence', appliesTo: 'the LLaMA and what was trained from it' }] : []),
  ];
}
