import type { PickleValue } from './pickle-values.js';

/** A torch file taken apart: its pickled object, and where the bytes of each storage lie. */
export interface TorchContainer {
  readonly format: 'torch-zip' | 'torch-legacy';
  readonly root: PickleValue;
  readonly places: ReadonlyMap<string, { readonly begin: number; readonly end: number }>;
}
