import { clipVisionProgram } from '@sim4seg/backbones';
import { runEager } from '@sim4seg/compute';
import type { CaseRunner } from '../checker.js';
import { paramsByKey } from '../params-by-key.js';

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

export const run: CaseRunner = async ({ io, config, weights }, check) => {
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
  const outputs = await runEager(program, paramsByKey(program.params, weights), { pixels });
  check.close('out.features', outputs['features']!);
  check.close('out.last_hidden_state', outputs['lastHidden']!);
  check.close('out.pooler_output', outputs['pooled']!);
};
