import type { HostFailure } from './protocol.js';

/**
 * An error of a session host as plain data: the thread of the sessions does not import `core`, whose loading would
 * delay the first answer. The caller's side makes the coded error of it.
 */
export interface FailedHost extends Error {
  readonly failure: HostFailure;
}

/** The error to throw inside a session host. */
export function hostFailure(failure: HostFailure, cause?: unknown): FailedHost {
  return Object.assign(new Error(failure.got, { cause }), { failure });
}

/** The failure of any thrown value. */
export function failureOf(error: unknown): HostFailure {
  const known = (error as Partial<FailedHost> | undefined)?.failure;
  if (known) return known;
  return {
    code: 'ENGINE_FAILED',
    must: 'The session host must answer',
    got: error instanceof Error ? error.message : String(error),
    fix: 'create a new runtime; report it if it happens again',
  };
}
