import type { ElementType } from './tensor-value.js';

/** Where a tensor lies: the name of a file, and the range of bytes in it. */
export interface WeightPlace {
  readonly location: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Stored tensors by name, and the folder that their files lie in. */
export interface WeightPlaces {
  readonly folder: string;
  readonly entries: ReadonlyMap<string, WeightPlace>;
}
