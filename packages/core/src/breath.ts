import { expectNotAborted } from './errors.js';

/** Longest stretch of work in this thread before others get their turn. */
const MOST_MS = 8;

/**
 * Lets the event loop go on where work in this thread has kept it for a while: long work calls it often.
 * @throws ABORTED
 */
export type Breathe = () => Promise<void>;

/** @param now milliseconds of a monotonic clock */
export function createBreath(now: () => number, signal: AbortSignal | undefined): Breathe {
  let since = now();
  return async () => {
    if (now() - since < MOST_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    since = now();
    expectNotAborted(signal);
  };
}
