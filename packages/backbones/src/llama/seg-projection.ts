import { ops } from '@sim4seg/compute';
import type { ParamSpec, Specs, Tensor } from '@sim4seg/compute';

/** The two linear layers from hidden size to prompt size. @source LISA.py, text_hidden_fcs */
export function segProjectionParams(hiddenSize: number, projectedDim: number): Specs<ParamSpec> {
  const init = { fanIn: Math.sqrt(3) };
  return {
    'seg_projection.0.weight': { dims: [hiddenSize, hiddenSize], init, key: 'model.text_hidden_fcs.0.0.weight' },
    'seg_projection.0.bias': { dims: [hiddenSize], init: 'zeros', key: 'model.text_hidden_fcs.0.0.bias' },
    'seg_projection.2.weight': { dims: [projectedDim, hiddenSize], init, key: 'model.text_hidden_fcs.0.2.weight' },
    'seg_projection.2.bias': { dims: [projectedDim], init: 'zeros', key: 'model.text_hidden_fcs.0.2.bias' },
  };
}

/**
 * Hidden states as prompts: `hidden` float32[...,hidden size] (after the final norm) -> float32[...,D].
 * @source LISA.py, text_hidden_fcs: Linear, ReLU, Linear
 */
export function segProjection(p: Record<string, Tensor>, hidden: Tensor): Tensor {
  const inner = ops.relu(ops.linear(hidden, p['seg_projection.0.weight']!, p['seg_projection.0.bias']!));
  return ops.linear(inner, p['seg_projection.2.weight']!, p['seg_projection.2.bias']!);
}
