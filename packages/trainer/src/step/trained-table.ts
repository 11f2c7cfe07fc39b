import type { ParamSpec } from '@sim4seg/compute';
import type { PhasePlan } from './phase-step.js';

/** Parameters of one group: those that share the beginning of their names, numbers apart, and are treated alike. */
export interface TrainedRow {
  /** Beginning of the names, `*` for numbers and for what follows. */
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
    const parameters = groupOf(name);
    const key = `${parameters} ${trains}`;
    const before = rows.get(key) ?? { parameters, trains, tensors: 0, numbers: 0 };
    rows.set(key, { ...before, tensors: before.tensors + 1, numbers: before.numbers + sizeOf(spec) });
  }
  return [...rows.values()];
}

/** Plugin and two more names. */
const SHOWN_NAMES = 3;

function groupOf(name: string): string {
  const names = name.split('.').filter((each) => !/^\d+$/.test(each));
  const shown = names.slice(0, SHOWN_NAMES).join('.');
  return names.length > SHOWN_NAMES ? `${shown}.*` : shown;
}

function sizeOf({ dims }: ParamSpec): number {
  return dims.reduce<number>((size, dim) => size * Number(dim), 1);
}
