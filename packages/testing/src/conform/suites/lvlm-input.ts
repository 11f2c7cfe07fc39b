import type { Lvlm, MedicalImage, PrefillInput, SampleOptions } from '@sim4seg/core';
import type { Trial } from '../suite.js';

export const LVLM_SAMPLING: SampleOptions = { paths: 2, seed: 7, temperature: 0.7, topP: 1, maxTokens: 12 };

export interface LvlmInput {
  readonly image: MedicalImage;
  readonly features: PrefillInput['features'];
  readonly question: string;
}

/** An image and a question, with the features that the LVLM takes. */
export async function lvlmInput(
  { part, settings }: Trial<Lvlm>,
  image: MedicalImage,
  question = 'Is there a skin lesion in this image? Outline it.',
): Promise<LvlmInput> {
  const encoder = part.capabilities.imageFeatures === null ? null : settings.neighbours?.imageEncoder;
  return { image, features: (await encoder?.encode(image, { signal: undefined })) ?? null, question };
}
