import { isSim4SegError, Sim4SegError } from '@sim4seg/core';

/** A part broke its contract in this way; what must hold and what to do stand with the check that found it. */
export function breach(got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('PLUGIN_INVALID', {
    must: 'The part keeps its contract',
    got,
    fix: 'correct the part',
    cause,
  });
}

/** @throws PLUGIN_INVALID unless the condition holds */
export function demand(condition: boolean, got: string): asserts condition {
  if (!condition) throw breach(got);
}

/** What a thrown value says, in one line. */
export function messageOf(error: unknown): string {
  if (isSim4SegError(error))
    return error.code === 'PLUGIN_INVALID' ? error.got : `${error.code}: ${error.must}, got ${error.got}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** An answer, or the coded refusal in its place. */
export type Outcome<O> = { readonly value: O } | { readonly refused: Sim4SegError };

/** Runs a call that may be refused by an error with a code. @throws PLUGIN_INVALID for any other error */
export async function outcomeOf<O>(call: () => O | Promise<O>): Promise<Outcome<O>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (isSim4SegError(error)) return { refused: error };
    throw breach(`it threw an error without a code: ${messageOf(error)}`, error);
  }
}
