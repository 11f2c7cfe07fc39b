import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardedWrite } from '../run/guarded-write.js';
import { scalarEvent, versionEvent } from './event-message.js';
import { tfRecord } from './tf-record.js';

/** Writes scalars that TensorBoard reads. */
export interface EventFile {
  /** @throws DISK_FULL, WRITE_FAILED */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
}

/**
 * Starts the event file of a run, or of one that was resumed at `resumedAt`: its name is made of that step, so that
 * files sort as the run went, whatever the clock says. Times in it never go back where the clock does.
 */
export function createEventFile(
  folder: string,
  { resumedAt, nowSeconds }: { readonly resumedAt: number; readonly nowSeconds: () => number },
): EventFile {
  const path = join(folder, `events.out.tfevents.${String(resumedAt).padStart(10, '0')}.sim4seg`);
  let last = nowSeconds();
  const wallTime = (): number => (last = Math.max(last, nowSeconds()));
  guardedWrite(path, () => writeFileSync(path, tfRecord(versionEvent(last))));
  return {
    scalars(step, values) {
      const record = tfRecord(scalarEvent({ wallTimeSeconds: wallTime(), step, values }));
      guardedWrite(path, () => appendFileSync(path, record));
    },
  };
}
