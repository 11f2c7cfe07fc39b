import type { ParamSpec } from '@sim4seg/compute';
import type { PhasePlan } from './phase-step.js';

/** Parameters of one group: those whose names differ only in numbers, such as layers of one block. */
export interface TrainedRow {
  /** Name with `*` for numbers. */
  readonly parameters: string;
  readonly tensors: number;
  readonly numbers: number;
  readonly trains: boolean;
}

/** What a phase moves and what it keeps, in the order of the model. */
export function trainedTable(plan: PhasePlan): TrainedRow[] {
  const rows = new Map<string, TrainedRow>();
  for (const [name, spec] of Object.entries(plan.params)) {
    const trains = plan.trains(name);
    const parameters = name.replace(/\.\d+(?=\.|$)/g, '.*');
    const key = `${parameters} ${trains}`;
    const before = rows.get(key) ?? { parameters, trains, tensors: 0, numbers: 0 };
    rows.set(key, { ...before, tensors: before.tensors + 1, numbers: before.numbers + sizeOf(spec) });
  }
  return [...rows.values()];
}

function sizeOf({ dims }: ParamSpec): number {
  return dims.reduce<number>((size, dim) => size * Number(dim), 1);
}
