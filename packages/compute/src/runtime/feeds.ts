import { Sim4SegError } from '@sim4seg/core';
import { elementCount, elementsOf, type ElementArray, type ElementType } from '../weights/tensor-value.js';
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
  expectDeclared(Object.keys(feeds), inputs);
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

function expectDeclared(names: readonly string[], inputs: readonly GraphValueInfo[]): void {
  const unexpected = names.filter((name) => inputs.every((input) => input.name !== name));
  if (unexpected.length === 0) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `The graph takes ${inputs.map(({ name, dtype, dims }) => `${name} ${dtype}[${dims}]`).join(', ')}`,
    got: `also ${unexpected.join(', ')}`,
    fix: 'leave out what the graph does not declare, or correct the name',
  });
}

function fits({ shape, data }: GraphTensor, dims: readonly (number | string)[]): boolean {
  const sameShape = shape.length === dims.length && dims.every((dim, i) => typeof dim === 'string' || dim === shape[i]);
  return sameShape && data.length === elementCount(shape);
}

/** Buffers of earlier runs, by size: copying into them costs a fraction of copying into fresh memory. */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();

  take(bytes: number): ArrayBuffer {
    return this.#free.get(bytes)?.pop() ?? new ArrayBuffer(bytes);
  }

  give(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      const same = this.#free.get(buffer.byteLength) ?? [];
      this.#free.set(buffer.byteLength, same);
      same.push(buffer);
    }
  }
}

/** Copies every feed once into a buffer of its own, so that the caller's arrays stay whole. */
export function copyFeeds(feeds: GraphTensors, inputs: readonly GraphValueInfo[], pool: BufferPool): Outgoing {
  return outgoing(feeds, inputs, (tensor) => {
    const copy = elementsOf(new Uint8Array(pool.take(tensor.data.byteLength)), tensor.dtype as ElementType);
    copy.set(tensor.data as never);
    return copy;
  });
}

/** Gives the caller's own buffers away; a view of a part of a buffer, or shared memory, is copied. */
export function giveFeeds(feeds: GraphTensors, inputs: readonly GraphValueInfo[]): Outgoing {
  const isWhole = (data: ElementArray) =>
    data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return outgoing(feeds, inputs, ({ data }) => (isWhole(data) ? data : data.slice()));
}

function outgoing(
  feeds: GraphTensors,
  inputs: readonly GraphValueInfo[],
  take: (tensor: GraphTensor) => ElementArray,
): Outgoing {
  const taken = inputs.map(({ name }) => {
    const value = feeds[name] as GraphTensor;
    return [name, { data: take(value), shape: [...value.shape], dtype: value.dtype }] as const;
  });
  const given = new Set(taken.map(([, { data }]) => data.buffer as ArrayBuffer));
  return { feeds: Object.fromEntries(taken), given: [...given] };
}
