import { Sim4SegError } from '@sim4seg/core';
import { failureOf } from './host-failure.js';
import { importOrtOnce, type OrtModule } from './ort-module.js';

export type { OrtModule, OrtSession, OrtTensor, OrtValueMetadata } from './ort-module.js';

/**
 * Loads ONNX Runtime when it is first needed.
 * @throws ENGINE_MISSING where the optional package `onnxruntime-node` is not installed or has no binary here.
 */
export async function loadOrt(packageName?: string): Promise<OrtModule> {
  try {
    return await importOrtOnce(packageName);
  } catch (cause) {
    const failure = failureOf(cause);
    throw new Sim4SegError(failure.code, { ...failure, cause });
  }
}

/** Whether ONNX Runtime can be loaded here; loads it into this thread. */
export const isRuntimeInstalled = (): Promise<boolean> =>
  importOrtOnce().then(
    () => true,
    () => false,
  );
