import * as tf from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { differentiate, isTaped, reachedByGradient } from '../kernel/differentiate.js';
import type { Tensors } from '../program.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, castTo, compare, reshapeTo, sliceOf } from '../trace/nodes.js';

/** A zero that is known only once `value` is. */
function zeroAfter(graph: Graph, value: Value): Value {
  const size = value.shape.reduce((a, b) => a * b, 1);
  const first = reshapeTo(graph, sliceOf(graph, reshapeTo(graph, value, [size]), [0], [1]), []);
  return castTo(graph, compare(graph, 'Greater', first, first), 'float32');
}

/**
 * x once `after` is known. The sum makes what is computed from it another value than what the forward pass computed,
 * for our graph and for the runtime's search for common subexpressions, and keeps it from being computed early.
 */
const runAfter = defineKernel({
  name: 'After',
  eager: ([x]) => tf.clone(x!),
  onnx: (graph, [x, after]) => binary(graph, 'Add', x!, zeroAfter(graph, after!)),
});

type Block = (params: Tensors, inputs: Tensors) => Tensor;

/** Runs `block` again on what was kept and returns the gradients by the tensors at `wanted`. */
function backward(block: Block, dy: Tensor, { names, kept, count, wanted }: Kept): Tensor[] {
  const again = kept.map((x, i) => (i < count || x.dtype !== 'float32' ? x : runAfter([x, dy], {})[0]!));
  const at = (from: number, to?: number): Tensors =>
    Object.fromEntries(names.slice(from, to).map((name, i) => [name, again[from + i]!]));
  const xs = wanted.map((i) => again[i]!);
  const { gradients } = differentiate(() => block(at(0, count), at(count)), xs, dy);
  return gradients.map((gradient, i) => gradient ?? tf.zerosLike(xs[i]!));
}

interface Kept {
  readonly names: readonly string[];
  readonly kept: readonly Tensor[];
  /** How many of them are parameters. */
  readonly count: number;
  readonly wanted: readonly number[];
}

/**
 * Runs a block of a model; the backward pass keeps only what goes in and computes the block a second time. Costs one
 * more forward pass of the block and saves the memory of everything that it computes inside. Whatever the block reads
 * has to be in `params` or `inputs`: nothing flows to tensors that it closes over.
 * @param block pure function of the two records
 * @param params parameters of the block
 * @param inputs what the model computed so far, at least one float32 tensor
 * @returns what the block returns
 * @example ops.recompute((p, { x }) => transformerBlock(p, x!), scopeParams(params, 'blocks.0.'), { x })
 */
export function recompute(
  block: (params: Tensors, inputs: Tensors) => Tensor,
  params: Tensors,
  inputs: Tensors,
): Tensor {
  const entries = [...Object.entries(params), ...Object.entries(inputs)];
  const all = entries.map(([, x]) => x);
  const reached = new Set(isTaped() ? reachedByGradient(all).map(({ id }) => id) : []);
  const wanted = all.map((_, i) => i).filter((i) => reached.has(all[i]!.id));
  if (wanted.length === 0) return block(params, inputs);
  const names = entries.map(([name]) => name);
  const count = Object.keys(params).length;
  const taped = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as GradSaveFunc;
    save(all);
    const gradFunc = (dy: Tensor, kept: Tensor[]): Tensor[] => backward(block, dy, { names, kept, count, wanted });
    return { value: block(params, inputs), gradFunc };
  });
  return taped(...wanted.map((i) => all[i]!));
}
