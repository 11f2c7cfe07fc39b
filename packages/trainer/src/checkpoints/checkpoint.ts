import { createHash } from 'node:crypto';
import type { TensorValue } from '@sim4seg/compute';

/** Counters of a run: `step` steps of phase `phase` are done, `total` in the whole run. */
export interface Counters {
  readonly phase: number;
  readonly step: number;
  readonly total: number;
}

/** Everything that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly counters: Counters;
  /** Identifies config and architecture; a run resumes only from its own. */
  readonly configHash: string;
  /** `param/<name>` of every parameter, `m/<name>` and `v/<name>` of those that the phase trains. */
  readonly state: Readonly<Record<string, TensorValue>>;
}

/** sha256 (hex) over weights, moments and counters: names in order, shapes, and raw bytes. */
export function checkpointSha256({ state, counters }: Pick<Checkpoint, 'state' | 'counters'>): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([counters.phase, counters.step, counters.total]));
  for (const name of Object.keys(state).sort()) {
    const { data, shape, dtype } = state[name] as TensorValue;
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
