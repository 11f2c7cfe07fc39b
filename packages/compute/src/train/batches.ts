import { Sim4SegError } from '@sim4seg/core';
import type { TensorValues } from '../program/compile.js';
import type { ResolvedStep } from './step-options.js';

/** The batches of one update. @throws SHAPE_MISMATCH unless there are as many as the step accumulates */
export function batchesOf(
  { name, accumulate }: ResolvedStep,
  inputs: TensorValues | readonly TensorValues[],
): readonly TensorValues[] {
  const batches = Array.isArray(inputs) ? (inputs as readonly TensorValues[]) : [inputs as TensorValues];
  if (batches.length === accumulate) return batches;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${name} takes ${accumulate === 1 ? 'one batch' : `an array of ${accumulate} batches`} for one update`,
    got: `${batches.length}`,
    fix: 'pass as many batches as `accumulate` says',
  });
}

/** Means over equally named numbers. */
export function meanOf(rows: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(names.map((key) => [key, rows.reduce((sum, row) => sum + row[key]! / rows.length, 0)]));
}
