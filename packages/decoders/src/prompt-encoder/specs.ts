import { convSpecs, normSpecs } from '../blocks/params.js';
import type { ParamSpecs } from '../blocks/params.js';
import { positionSpecs } from '../blocks/position-code.js';
import { withOfficialKeys } from '../blocks/official-keys.js';

/**
 * Parameters of the prompt encoder under their official names.
 * @source segment-anything modeling/prompt_encoder.py PromptEncoder
 */
export function promptEncoderSpecs({
  width,
  maskChannels,
}: {
  readonly width: number;
  readonly maskChannels: number;
}): ParamSpecs {
  const row = { dims: [1, width], init: { normal: 1 } } as const;
  const inner = maskChannels / 4;
  const specs: ParamSpecs = {
    ...positionSpecs(width),
    'point_embeddings.0.weight': row,
    'point_embeddings.1.weight': row,
    'point_embeddings.2.weight': row,
    'point_embeddings.3.weight': row,
    'not_a_point_embed.weight': row,
    ...convSpecs('mask_downscaling.0', 1, inner, { kernel: 2 }),
    ...normSpecs('mask_downscaling.1', inner),
    ...convSpecs('mask_downscaling.3', inner, maskChannels, { kernel: 2 }),
    ...normSpecs('mask_downscaling.4', maskChannels),
    ...convSpecs('mask_downscaling.6', maskChannels, width, { kernel: 1 }),
    'no_mask_embed.weight': row,
  };
  return withOfficialKeys('prompt_encoder.', specs);
}
