import { Sim4SegError } from '@sim4seg/core';
import { elementCount } from '../weights/tensor-value.js';
import type { GraphTensor, GraphTensors, GraphValueInfo } from './protocol.js';

/** Feeds that may leave for another thread, and the buffers that go with them. */
export interface Outgoing {
  readonly feeds: GraphTensors;
  readonly given: readonly ArrayBuffer[];
}

/**
 * Checks feeds against the declared inputs, before anything leaves the caller.
 * @throws SHAPE_MISMATCH
 */
export function expectFeeds(feeds: GraphTensors, inputs: readonly GraphValueInfo[]): void {
  for (const { name, dtype, dims } of inputs) {
    const value = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    if (value && value.dtype === dtype && fits(value, dims)) continue;
    throw new Sim4SegError('SHAPE_MISMATCH', {
      must: `The input "${name}" must be ${dtype}[${dims}]`,
      got: value ? `${value.dtype}[${value.shape}] with ${value.data.length} elements` : `only ${Object.keys(feeds)}`,
      fix: 'feed every input with the type and shape that the graph declares',
    });
  }
}

function fits({ shape, data }: GraphTensor, dims: readonly (number | string)[]): boolean {
  const sameShape = shape.length === dims.length && dims.every((dim, i) => typeof dim === 'string' || dim === shape[i]);
  return sameShape && data.length === elementCount(shape);
}

/** Copies every feed once into a buffer of its own, so that the caller's arrays stay whole. */
export function copyFeeds(feeds: GraphTensors, inputs: readonly GraphValueInfo[]): Outgoing {
  return outgoing(feeds, inputs, (data) => data.slice());
}

/** Gives the caller's own buffers away; a view of a part of a buffer, or shared memory, is copied. */
export function giveFeeds(feeds: GraphTensors, inputs: readonly GraphValueInfo[]): Outgoing {
  const isWhole = (data: GraphTensor['data']) =>
    data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return outgoing(feeds, inputs, (data) => (isWhole(data) ? data : data.slice()));
}

function outgoing(
  feeds: GraphTensors,
  inputs: readonly GraphValueInfo[],
  take: (data: GraphTensor['data']) => GraphTensor['data'],
): Outgoing {
  const taken = inputs.map(({ name }) => {
    const value = feeds[name] as GraphTensor;
    return [name, { data: take(value.data), shape: [...value.shape], dtype: value.dtype }] as const;
  });
  const given = new Set(taken.map(([, { data }]) => data.buffer as ArrayBuffer));
  return { feeds: Object.fromEntries(taken), given: [...given] };
}
