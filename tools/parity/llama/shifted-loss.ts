import type { TensorValue } from '@sim4seg/compute';

const IGNORED = -100;

/** Mean cross entropy of `logits` float32[B,L,V] where row i predicts label i + 1. @source LlamaForCausalLM.forward */
export function shiftedLoss({ data, shape }: TensorValue, labels: Int32Array): number {
  const [batch = 0, length = 0, width = 0] = shape;
  let [sum, count] = [0, 0];
  for (let row = 0; row < batch * length; row++) {
    const label = labels[row + 1] ?? IGNORED;
    if ((row + 1) % length === 0 || label === IGNORED) continue;
    sum += crossEntropy((data as Float32Array).subarray(row * width, (row + 1) * width), label);
    count += 1;
  }
  return sum / count;
}

function crossEntropy(logits: Float32Array, label: number): number {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((mass, logit) => mass + Math.exp(logit - top), 0);
  return Math.log(total) + top - logits[label]!;
}
