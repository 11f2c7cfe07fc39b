import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

interface Gradient {
  readonly value: Tensor;
  /** One for each x; undefined where the value does not depend on it. */
  readonly gradients: readonly (Tensor | undefined)[];
}

let sources: ReadonlySet<number> | null = null;

/**
 * Gradient of a scalar by each of `xs`. May be called while another gradient is taken: inside its backward pass the
 * tape of the outer one is left as it is.
 */
export function differentiate(forward: () => Tensor, xs: readonly Tensor[], dy?: Tensor): Gradient {
  const { state } = engine();
  const [tape, outer] = [state.activeTape, sources];
  sources = new Set(xs.map(({ id }) => id));
  try {
    const { value, grads } = engine().gradients(forward, [...xs], dy as never, true);
    return { value, gradients: grads as (Tensor | undefined)[] };
  } finally {
    sources = outer;
    if (state.gradientDepth > 0 || tape) state.activeTape = tape!;
  }
}

/**
 * Which of `tensors` the gradient that is being taken flows to, so that nothing is computed for the others. Outside of
 * {@link differentiate} that is not known: all that have a gradient at all.
 */
export function reachedByGradient(tensors: readonly Tensor[]): Tensor[] {
  const floats = tensors.filter(({ dtype }) => dtype === 'float32');
  if (!sources) return floats;
  const reached = new Set(sources);
  for (const { inputs, outputs } of engine().state.activeTape ?? []) {
    const depends = Object.values(inputs).some(({ id }) => reached.has(id));
    if (depends) for (const { id } of outputs) reached.add(id);
  }
  return floats.filter(({ id }) => reached.has(id));
}

/** Whether operations are recorded for a gradient right now. */
export function isTaped(): boolean {
  return engine().state.gradientDepth > 0;
}
