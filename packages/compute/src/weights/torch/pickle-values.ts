import type { ElementType } from '../tensor-value.js';

/** A class or function that a pickle names. Nothing is loaded for it: it is a name on the list of known ones. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** A list or a tuple. */
export class PickleSequence {
  constructor(
    readonly kind: 'list' | 'tuple',
    readonly items: PickleValue[] = [],
  ) {}
}

/** What a key of a dict may be. */
export type PickleKey = string | number | bigint | boolean | null;

/** A dict or an OrderedDict. */
export class PickleDict {
  readonly items = new Map<PickleKey, PickleValue>();
}

/** The elements that one or more tensors share: part `begin` to `begin + elements` of the stored array `key`. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: ElementType,
    readonly elements: number,
    readonly begin = 0,
  ) {}
}

/** A tensor as a view of a storage; `offset` and `strides` count elements. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** Everything that a pickle of tensors can hold. */
export type PickleValue = PickleKey | PickleGlobal | PickleSequence | PickleDict | TorchStorage | TorchTensor;
