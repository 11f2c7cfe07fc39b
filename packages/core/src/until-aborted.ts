import { expectNotAborted } from './errors.js';

/**
 * Waits for work that may not look at the signal itself: rejects as soon as the signal aborts, whatever the work does.
 * The work goes on, and what it gives or throws then is dropped.
 * @throws ABORTED; what the work throws
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  try {
    expectNotAborted(signal);
    await Promise.race([work, aborted]);
    expectNotAborted(signal);
    return await work;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
