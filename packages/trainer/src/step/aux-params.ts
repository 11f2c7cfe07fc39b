import type { ParamSpec, Specs } from '@sim4seg/compute';

/** Prefix of parameters that exist in training only. */
export const AUX_PREFIX = 'aux.';

export interface AuxSizes {
  readonly targets: number;
  readonly diagnoses: number;
  /** Width of prompts (seg embeddings). */
  readonly promptDim: number;
  /** Channels of the encoder output that serves as vision features. */
  readonly featureChannels: number;
}

/**
 * The trainer's own parameters: one embedding a target that stands where the seg embedding will arrive, the projection
 * of features to tokens that goes with it, diagnosis heads, and the scale of the similarity map for its loss.
 */
export function auxSpecs({ targets, diagnoses, promptDim, featureChannels }: AuxSizes): Specs<ParamSpec> {
  return {
    'aux.target_embedding': { dims: [targets, promptDim], init: { normal: 0.5 } },
    'aux.token_projection.weight': { dims: [promptDim, featureChannels], init: { fanIn: 1 } },
    'aux.token_projection.bias': { dims: [promptDim], init: 'zeros' },
    'aux.diagnosis.weight': { dims: [diagnoses, featureChannels], init: { fanIn: 1 } },
    'aux.diagnosis.bias': { dims: [diagnoses], init: 'zeros' },
    'aux.token_diagnosis.weight': { dims: [diagnoses, promptDim], init: { fanIn: 1 } },
    'aux.token_diagnosis.bias': { dims: [diagnoses], init: 'zeros' },
    'aux.prior.log_scale': { dims: [1], init: { constant: -2 } },
    'aux.prior.bias': { dims: [1], init: { constant: -1 } },
  };
}
