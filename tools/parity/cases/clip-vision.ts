import { clipVisionProgram } from '@sim4seg/backbones';
import type { CaseRunner } from '../checker.js';
import { paramsByKey } from '../params-by-key.js';
import { checkProgram } from '../run-program.js';

interface Model {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly image_size: number;
  readonly patch_size: number;
  readonly hidden_act: 'quick_gelu' | 'gelu';
  readonly layer_norm_eps: number;
  readonly mm_vision_select_layer: number;
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const model = config['model'] as Model;
  const program = clipVisionProgram({
    hiddenSize: model.hidden_size,
    intermediateSize: model.intermediate_size,
    layers: model.num_hidden_layers,
    heads: model.num_attention_heads,
    sidePx: model.image_size,
    patchPx: model.patch_size,
    activation: model.hidden_act,
    layerNormEps: model.layer_norm_eps,
    selectLayer: model.mm_vision_select_layer,
  });
  const pixels = { ...io.floats('in.pixel_values'), dtype: 'float32' as const };
  const job = { program, params: paramsByKey(program.params, weights), inputs: { pixels } };
  const stored = { features: 'out.features', lastHidden: 'out.last_hidden_state', pooled: 'out.pooler_output' };
  await checkProgram({ check, engines }, job, stored);
};
