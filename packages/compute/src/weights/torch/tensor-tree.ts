import { elementBytes, elementCount } from '../tensor-value.js';
import { expectWithin, refuseTorch, tensorBytesLimit } from './limits.js';
import type { TorchStorage } from './pickle-values.js';
import { PickleDict, PickleGlobal, PickleSequence, TorchTensor, type PickleValue } from './pickle-values.js';

/** Plain content of a torch file; tensors are left out of dicts and null in lists. */
export type TorchContent =
  null | boolean | number | bigint | string | readonly TorchContent[] | { readonly [key: string]: TorchContent };

/** What a pickled object holds: tensors by path, and everything else. */
export interface TensorTree {
  /** Keys and list indices joined by `/`; in a state dict, the names of its parameters. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly content: TorchContent;
}

/** The name of a tensor that is the whole file. */
const onlyTensor = 'tensor';

/**
 * Finds the tensors of a pickled object.
 * @throws WEIGHTS_INVALID where it is nested too deep, repeats itself too often or gives one path to two tensors
 */
export function toTensorTree(root: PickleValue, fileBytes: number): TensorTree {
  const walk = new TreeWalk(tensorBytesLimit(fileBytes));
  const content = walk.visit(root, '', 0);
  return { tensors: walk.tensors, content: content ?? null };
}

class TreeWalk {
  readonly tensors = new Map<string, TorchTensor>();
  #values = 0;
  #tensorBytes = 0;

  constructor(private readonly maxTensorBytes: number) {}

  /** Plain content of a value; undefined for a tensor. */
  visit(value: PickleValue, path: string, depth: number): TorchContent | undefined {
    // A list may hold itself, or the same list twice at each of many levels: both end here.
    expectWithin('depth', depth);
    expectWithin('values', ++this.#values);
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof TorchTensor) return this.#take(value, path || onlyTensor);
    const below = (key: string) => (path ? `${path}/${key}` : key);
    if (value instanceof PickleSequence)
      return value.items.map((item, i) => this.visit(item, below(String(i)), depth + 1) ?? null);
    if (value instanceof PickleDict) return this.#visitDict(value, below, depth);
    throw refuseTorch(`The value "${path}" must be data`, nameOf(value));
  }

  #visitDict(dict: PickleDict, below: (key: string) => string, depth: number): TorchContent {
    const content = Object.create(null) as Record<string, TorchContent>;
    for (const [key, item] of dict.items) {
      const plain = this.visit(item, below(String(key)), depth + 1);
      if (plain !== undefined) content[String(key)] = plain;
    }
    return content;
  }

  #take(tensor: TorchTensor, path: string): undefined {
    if (this.tensors.has(path)) throw refuseTorch('Each path of a torch file must name one tensor', `"${path}" twice`);
    this.#tensorBytes += elementCount(tensor.shape) * elementBytes(tensor.storage.dtype);
    if (this.#tensorBytes > this.maxTensorBytes)
      throw refuseTorch('Tensors must not repeat the bytes of their file too often', `${this.#tensorBytes} bytes`);
    this.tensors.set(path, tensor);
    return undefined;
  }
}

function nameOf(value: PickleGlobal | TorchStorage): string {
  return value instanceof PickleGlobal ? value.name : `the bare storage ${value.key}`;
}
