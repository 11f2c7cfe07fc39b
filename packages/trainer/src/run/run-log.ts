import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { guardedWrite } from './guarded-write.js';
import type { TrainingEvent, TrainingObserver } from './training-event.js';

/** One line of `log.jsonl`. */
export interface LogLine {
  readonly schemaVersion: 1;
  readonly total: number;
  readonly phase: string;
  readonly lr: number;
  readonly imagesPerSecond: number;
  /** Means since the line before. */
  readonly values: Readonly<Record<string, number>>;
}

/** Lines of a log; a last line that was cut off is left out. */
export function readRunLog(path: string): LogLine[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
}

/**
 * Writes a line every `every` steps, with means over them. Lines of steps that a resumed run does again are dropped.
 * @throws DISK_FULL, WRITE_FAILED while observing
 */
export function createRunLog(
  path: string,
  { every, resumedAt }: { every: number; resumedAt: number },
): TrainingObserver {
  const kept = readRunLog(path).filter(({ total }) => total <= resumedAt);
  guardedWrite(path, () => writeFileSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join('')));
  let window: Extract<TrainingEvent, { type: 'step' }>[] = [];
  return (event) => {
    if (event.type !== 'step') return;
    if (window[0] && window[0].phase !== event.phase) window = [];
    window.push(event);
    if (event.total % every !== 0 && event.total !== event.totalSteps) return;
    const { total, phase, lr, imagesPerSecond } = event;
    const line: LogLine = { schemaVersion: 1, total, phase, lr, imagesPerSecond, values: meanValues(window) };
    window = [];
    guardedWrite(path, () => appendFileSync(path, `${JSON.stringify(line)}\n`));
  };
}

function meanValues(events: readonly { readonly values: Readonly<Record<string, number>> }[]): Record<string, number> {
  const names = Object.keys(events[0]?.values ?? {});
  const mean = (name: string): number =>
    events.reduce((sum, { values }) => sum + (values[name] ?? 0), 0) / events.length;
  return Object.fromEntries(names.map((name) => [name, Number(mean(name).toPrecision(6))]));
}
