import { defineProgram, ops } from '@sim4seg/compute';
import type { StoredTensor, Tensor } from '@sim4seg/compute';

/** Five layers of the width of LLaMA 7B: 4.05 GB of float32. */
export const LARGE = { width: 4096, inner: 11008, layers: 5 } as const;

const { width, inner, layers } = LARGE;
const square = [width, width];
const shapes = {
  q: square,
  k: square,
  v: square,
  o: square,
  gate: [inner, width],
  up: [inner, width],
  down: [width, inner],
};

/** Names and shapes of all weights. */
export const largePlan: ReadonlyMap<string, StoredTensor> = new Map(
  Array.from({ length: layers }, (_, n) => n).flatMap((n) =>
    Object.entries(shapes).map(([name, shape]) => [`layers.${n}.${name}`, { dtype: 'float32', shape }] as const),
  ),
);

/** The products of a decoder layer on each token, without attention between tokens. */
function layer(x: Tensor, p: Record<string, Tensor>, n: number): { x: Tensor; query: Tensor } {
  const weight = (name: keyof typeof shapes): Tensor => p[`layers.${n}.${name}`]!;
  const query = ops.linear(x, weight('q'));
  const mixed = ops.mul(ops.add(query, ops.linear(x, weight('k'))), ops.linear(x, weight('v')));
  const y = ops.add(x, ops.linear(mixed, weight('o')));
  const gate = ops.mul(ops.silu(ops.linear(y, weight('gate'))), ops.linear(y, weight('up')));
  return { x: ops.add(y, ops.linear(gate, weight('down'))), query };
}

export const largeProgram = defineProgram({
  name: 'large-layers',
  params: Object.fromEntries([...largePlan].map(([name, { shape }]) => [name, shape])),
  inputs: { x: ['rows', width] },
  outputs: { y: ['rows', width], query: ['rows', width] },
  run: (p, { x }) => {
    const first = layer(x!, p, 0);
    let y = first.x;
    for (let n = 1; n < layers; n++) y = layer(y, p, n).x;
    return { y, query: first.query };
  },
});
