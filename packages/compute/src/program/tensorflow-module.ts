import { engine } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import { importOptional } from '#platform';

/** Packages that register the tfjs back end `tensorflow` when they are imported; a user who has one may choose it. */
export type TensorflowModule = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

const BACKEND = 'tensorflow';

/**
 * Imports the package of the back end `tensorflow`. None comes with this one: both need a library of their own that is
 * fetched when they are installed.
 * @throws ENGINE_MISSING where it is not installed, does not start, or registers nothing
 */
export async function importTensorflow(name: TensorflowModule = '@tensorflow/tfjs-node'): Promise<void> {
  if (isRegistered()) return;
  try {
    await importOptional(name);
  } catch (cause) {
    throw missing(name, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause), cause);
  }
  if (!isRegistered()) throw missing(name, `a package of this name that registers no back end '${BACKEND}'`);
}

const isRegistered = (): boolean => engine().registryFactory[BACKEND] !== undefined;

function missing(name: TensorflowModule, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('ENGINE_MISSING', {
    must: `The engine 'tfjs' with the back end '${BACKEND}' needs the package ${name}`,
    got,
    fix: `npm install ${name}, which fetches its library, or leave engine out of the config`,
    ...(cause === undefined ? {} : { cause }),
  });
}
