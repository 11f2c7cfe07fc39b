import type { Graph, Value } from '../trace/graph.js';
import { binary, emit, reduce, scalarValue, unary } from '../trace/nodes.js';

const SCALAR = { shape: [] as number[], dtype: 'float32' } as const;

/** Global norm of all gradients: a scalar. */
export function recordNorm(graph: Graph, gradients: readonly Value[]): Value {
  const squares = gradients.map((g) =>
    reduce(
      graph,
      'ReduceSumSquare',
      g,
      g.shape.map((_, i) => i),
      false,
    ),
  );
  return unary(graph, 'Sqrt', squares.length === 1 ? squares[0]! : emit(graph, 'Sum', squares, SCALAR));
}

/**
 * Scales every gradient by min(1, clip / (norm + 1e-6)).
 * @source torch.nn.utils.clip_grad_norm_
 */
export function recordClip(graph: Graph, gradients: readonly Value[], norm: Value, clip: number): Value[] {
  const wanted = binary(graph, 'Div', scalarValue(graph, clip), binary(graph, 'Add', norm, scalarValue(graph, 1e-6)));
  const factor = binary(graph, 'Min', wanted, scalarValue(graph, 1));
  return gradients.map((gradient) => binary(graph, 'Mul', gradient, factor));
}
