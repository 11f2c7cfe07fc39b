import { Sim4SegError } from '@sim4seg/core';
import { isComputed, sizeOfDim } from '../dim-size.js';
import type { TensorValue } from '../tensor-value.js';
import { PARAM_PREFIX } from '../trace/trace.js';
import type { GraphPort, OnnxGraph } from '../trace/trace.js';
import { expectForm, expectNoOthers, expectValue } from './inputs.js';

type Values = Readonly<Record<string, TensorValue>>;

function disagree(graph: string, symbol: string, sizes: string): never {
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `'${symbol}' has one size in ${graph}`,
    got: sizes,
    fix: 'pass tensors whose shapes agree',
  });
}

/** Sizes of the free symbols, read off the values. */
function freeSizes({ name, symbols }: OnnxGraph, ports: readonly (readonly [GraphPort, TensorValue | undefined])[]) {
  const sizes = new Map<string, { size: number; from: string }>();
  for (const [port, value] of ports) {
    port.dims.forEach((dim, axis) => {
      const size = value?.shape[axis];
      if (typeof dim !== 'string' || isComputed(dim) || size === undefined) return;
      const known = sizes.get(dim);
      const from = `axis ${axis} of ${port.name}`;
      if (known && known.size !== size) disagree(name, dim, `${known.size} (${known.from}) and ${size} (${from})`);
      sizes.set(dim, { size, from });
    });
  }
  for (const [symbol, multiple] of Object.entries(symbols)) expectMultiple(name, symbol, sizes.get(symbol), multiple);
  return sizes;
}

function expectMultiple(
  graph: string,
  symbol: string,
  found: { size: number; from: string } | undefined,
  multiple: number,
): void {
  if (!found || (found.size > 0 && found.size % multiple === 0)) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `'${symbol}' of ${graph} is ${multiple === 1 ? 'at least 1' : `a multiple of ${multiple}`}`,
    got: `${found.size} (${found.from})`,
    fix: 'pad or resize the input, or compile for this size: dims',
  });
}

/**
 * Checks values against the ports that take them; free sizes come from the values.
 * @throws SHAPE_MISMATCH for a missing tensor, another shape or type, or one symbol with two sizes
 */
export function expectFed(graph: OnnxGraph, valueOf: (port: GraphPort) => TensorValue | undefined): Values {
  const ports = graph.inputs.map((port) => [port, valueOf(port)] as const);
  for (const [port, value] of ports) expectForm(`${graph.name}: ${port.name}`, value, port);
  const found = [...freeSizes(graph, ports)].map(([symbol, { size }]) => [symbol, size] as const);
  const sizes: Record<string, number> = Object.fromEntries(found);
  const feeds = ports.map(([port, value]) => {
    const shape = port.dims.map((dim) => sizeOfDim(dim, sizes) ?? -1);
    return [port.name, expectValue(`${graph.name}: ${port.name}`, value, { shape, dtype: port.dtype })] as const;
  });
  return Object.fromEntries(feeds);
}

/** The values that a graph takes; throws as {@link expectFed}. */
export function collectFeeds(graph: OnnxGraph, params: Values, inputs: Values): Record<string, TensorValue> {
  const names = graph.inputs.map(({ name }) => name).filter((name) => !name.startsWith(PARAM_PREFIX));
  expectNoOthers(graph.name, inputs, names);
  return expectFed(graph, ({ name }) => {
    return name.startsWith(PARAM_PREFIX) ? params[name.slice(PARAM_PREFIX.length)] : inputs[name];
  });
}
