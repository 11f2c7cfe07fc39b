import { sizeOf } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { concatAlong, indexVector, reshapeTo } from '../trace/nodes.js';

/** Tensors of at most this many numbers are updated together: a node costs more than the copy of so few. */
const SMALL_NUMBERS = 8192;

/** Items that are treated alike as groups: the small ones together, each of the others alone. */
export function groupSmall<T>(
  items: readonly T[],
  shapeOf: (item: T) => readonly number[],
  kindOf: (item: T) => string,
) {
  const small = new Map<string, T[]>();
  const groups: T[][] = [];
  for (const item of items) {
    if (sizeOf(shapeOf(item)) > SMALL_NUMBERS) {
      groups.push([item]);
      continue;
    }
    const kind = kindOf(item);
    const group = small.get(kind) ?? [];
    if (group.length === 0) {
      small.set(kind, group);
      groups.push(group);
    }
    group.push(item);
  }
  return groups;
}

/** Several tensors as one vector; a single one as it is. */
export function joinValues(graph: Graph, values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!;
  return concatAlong(
    graph,
    values.map((value) => reshapeTo(graph, value, [sizeOf(value.shape)])),
    0,
  );
}

/** The opposite of {@link joinValues}. */
export function cutValues(graph: Graph, joined: Value, like: readonly Value[]): readonly Value[] {
  if (like.length === 1) return [joined];
  const sizes = like.map(({ shape }) => sizeOf(shape));
  const outputs = sizes.map((n) => ({ shape: [n], dtype: joined.dtype }));
  const parts = graph.node('Split', [joined, indexVector(graph, sizes)], outputs, { axis: 0 });
  return parts.map((part, i) => reshapeTo(graph, part, like[i]!.shape));
}
