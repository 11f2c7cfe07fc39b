import { Sim4SegError, isSim4SegError, toSim4SegError } from '../errors.js';
import type { PartNames, PipelineParts } from './parts.js';

type Key = keyof PartNames;

/**
 * Calls a part. What it throws without a code becomes PLUGIN_INVALID, and a broken contract says whose it is: people see
 * which plugin to look at.
 * @throws what the part throws, with its plugin's id where that is known
 */
export function askPart<T>(parts: Pick<PipelineParts, 'names'>, key: Key, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw named(parts, key, error);
  }
}

/** The same for a part that answers later. */
export async function askPartLater<T>(
  parts: Pick<PipelineParts, 'names'>,
  key: Key,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw named(parts, key, error);
  }
}

/** Errors that are about what a part gave, and not about what it was given. */
const BREACHES: ReadonlySet<string> = new Set(['SHAPE_MISMATCH', 'NOT_FINITE', 'PLUGIN_INVALID']);

function named({ names }: Pick<PipelineParts, 'names'>, key: Key, error: unknown): unknown {
  const who = names?.[key] === undefined ? key : `${key} (plugin '${names[key]}')`;
  if ((error as { name?: unknown } | null)?.name === 'AbortError') {
    const must = 'The work runs until its answer is there';
    return toSim4SegError(error, 'ABORTED', { must, fix: 'ask again without aborting' });
  }
  if (!isSim4SegError(error)) {
    const fix = 'report this to the author of the plugin, or choose another one';
    return toSim4SegError(error, 'PLUGIN_INVALID', { must: `${who} answers without failing`, fix });
  }
  if (!BREACHES.has(error.code) || error.must.includes(who)) return error;
  const { code, must, got, fix } = error;
  return new Sim4SegError(code, { must: `${who}: ${must}`, got, fix, cause: error });
}
