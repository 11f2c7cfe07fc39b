import { untilAborted } from '@sim4seg/core';

/** Work that several callers wait for. */
export interface SharedWork<T> {
  /** Whether all who waited have gone before it was done, so that nobody should join it any more. */
  isAbandoned(): boolean;
  /** Waits for the work; an abort ends this waiting alone. @throws ABORTED; what the work throws */
  wait(signal: AbortSignal | undefined): Promise<T>;
}

/** Starts work that goes on as long as anybody waits for it: its own signal aborts when the last one has gone. */
export function shareWork<T>(start: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
  const controller = new AbortController();
  let [waiting, isDone] = [0, false];
  const work = start(controller.signal).finally(() => (isDone = true));
  work.catch(() => undefined);
  return {
    isAbandoned: () => controller.signal.aborted,
    async wait(signal) {
      waiting += 1;
      try {
        return await untilAborted(work, signal);
      } finally {
        waiting -= 1;
        if (waiting === 0 && !isDone) controller.abort();
      }
    },
  };
}

/** The latest works by key: a new caller joins one that goes on, or gets what it gave. */
export interface WorkCache<W extends SharedWork<unknown>> {
  get(key: string, start: () => W): W;
  /** Forgets a work, so that the next caller starts it anew. */
  forget(key: string, work: W): void;
}

export function createWorkCache<W extends SharedWork<unknown>>(capacity: number): WorkCache<W> {
  const kept = new Map<string, W>();
  return {
    get(key, start) {
      const known = kept.get(key);
      const work = known && !known.isAbandoned() ? known : start();
      kept.delete(key);
      kept.set(key, work);
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - capacity))) kept.delete(oldest);
      return work;
    },
    forget: (key, work) => void (kept.get(key) === work && kept.delete(key)),
  };
}
