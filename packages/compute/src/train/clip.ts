import type { Graph, Value } from '../trace/graph.js';
import { binary, emit, reduce, scalarValue, unary } from '../trace/nodes.js';

const SCALAR = { shape: [] as number[], dtype: 'float32' } as const;

/** Global norm of all gradients: a scalar. */
export function recordNorm(graph: Graph, gradients: readonly Value[]): Value {
  const squares = gradients.map((g) => {
    const axes = g.shape.map((_, i) => i);
    return axes.length === 0 ? binary(graph, 'Mul', g, g) : reduce(graph, 'ReduceSumSquare', g, axes, false);
  });
  return unary(graph, 'Sqrt', squares.length === 1 ? squares[0]! : emit(graph, 'Sum', squares, SCALAR));
}

/**
 * The factor by which clipping scales every gradient: min(1, clip / (norm + 1e-6)).
 * @source torch.nn.utils.clip_grad_norm_
 */
export function recordClipFactor(graph: Graph, norm: Value, clip: number): Value {
  if (clip === Infinity) return scalarValue(graph, 1);
  const wanted = binary(graph, 'Div', scalarValue(graph, clip), binary(graph, 'Add', norm, scalarValue(graph, 1e-6)));
  return binary(graph, 'Min', wanted, scalarValue(graph, 1));
}
