import { prefixSpecs } from '@sim4seg/compute';
import type { ParamSpec, Specs } from '@sim4seg/compute';
import { clipVisionParams } from '../clip/params.js';
import { llamaParams } from '../llama/params.js';
import { segProjectionParams } from '../llama/seg-projection.js';
import { llavaProjectorParams } from './projector.js';
import type { LlavaForm, LlavaSizes } from './sizes.js';

/** Where a LISA checkpoint keeps the vision tower. @source LISA.py, the whole model's state dict */
const TOWER_KEY = 'model.vision_tower.vision_tower.';

/** Parameters of vision tower and projector; all frozen in the official training. */
export function llavaVisionParams(sizes: LlavaSizes | LlavaForm): Specs<ParamSpec> {
  const tower = Object.entries(clipVisionParams(sizes.vision)).map(
    ([name, spec]) => [name, { ...spec, key: TOWER_KEY + (spec.key ?? name) }] as const,
  );
  return { ...prefixSpecs('vision.', Object.fromEntries(tower)), ...llavaProjectorParams(sizes) };
}

/** Parameters of the LLaMA and the seg projection. */
export function llavaTextParams(form: LlavaForm): Specs<ParamSpec> {
  return {
    ...prefixSpecs('llama.', llamaParams(form.llama)),
    ...segProjectionParams(form.llama.hiddenSize, form.projectedDim),
  };
}
