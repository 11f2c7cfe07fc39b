import { util } from '@tensorflow/tfjs-core';
import type { Graph, Value } from '../graph.js';
import { castTo, emit, indexVector, reduce, scalarValue } from '../nodes.js';
import { reducedShape, resolveAxis } from '../../kernel/shapes.js';
import { mustRecord, rule } from './rule.js';

interface AxisAttrs {
  readonly axis?: number | number[] | null;
  /** The name that Max has for it. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims?: boolean;
}

function reduced(graph: Graph, op: string, x: Value, attrs: AxisAttrs): Value {
  const axes = util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number[], [...x.shape]);
  return axes.length === 0 ? x : reduce(graph, op, x, axes, attrs.keepDims ?? false);
}

for (const [kernel, op] of [
  ['Sum', 'ReduceSum'],
  ['Max', 'ReduceMax'],
  ['Min', 'ReduceMin'],
  ['Prod', 'ReduceProd'],
]) {
  // prettier-ignore
  rule<AxisAttrs>(kernel!, (graph, [x], attrs) => reduced(graph, op!, x!, attrs));
}
rule<AxisAttrs>('Mean', (graph, [x], attrs) => reduced(graph, 'ReduceMean', castTo(graph, x!, 'float32'), attrs));

for (const [kernel, op] of [
  ['All', 'ReduceMin'],
  ['Any', 'ReduceMax'],
]) {
  // prettier-ignore
  rule<AxisAttrs>(kernel!, (graph, [x], attrs) =>
    castTo(graph, reduced(graph, op!, castTo(graph, x!, 'int32'), attrs), 'bool'),
  );
}

for (const op of ['ArgMax', 'ArgMin']) {
  rule<{ axis: number | number[] }>(op, (graph, [x], { axis: given }) => {
    const axis = resolveAxis(x!.shape.length, Array.isArray(given) ? given[0]! : given);
    const output = { shape: reducedShape(x!.shape, [axis], false), dtype: 'int64' } as const;
    return castTo(graph, emit(graph, op, [x!], output, { axis, keepdims: 0 }), 'int32');
  });
}

rule<{ axis: number; exclusive: boolean; reverse: boolean }>('Cumsum', (graph, [x], { axis, exclusive, reverse }) =>
  emit(graph, 'CumSum', [x!, scalarValue(graph, axis, 'int64')], x!, {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  }),
);

rule<{ k: number; sorted: boolean }>('TopK', (graph, [x], { k, sorted }) => {
  const shape = [...x!.shape.slice(0, -1), k];
  const outputs = [
    { shape, dtype: x!.dtype },
    { shape, dtype: 'int64' as const },
  ];
  const attributes = { axis: -1, sorted: sorted ? 1 : 0 };
  const [values, indices] = graph.node('TopK', [x!, indexVector(graph, [k])], outputs, attributes);
  return [values!, castTo(graph, indices!, 'int32')];
});

rule<{ dim: number }>('Softmax', (graph, [x], { dim }) => {
  mustRecord(dim === x!.shape.length - 1 || dim === -1, 'Softmax', `axis ${dim}`);
  return emit(graph, 'Softmax', [x!], x!, { axis: -1 });
});
rule<{ axis: number }>('LogSoftmax', (graph, [x], { axis }) => emit(graph, 'LogSoftmax', [x!], x!, { axis }));
