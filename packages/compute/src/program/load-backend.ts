import { engine } from '@tensorflow/tfjs-core';
import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import { importTensorflow } from './tensorflow-module.js';

type Loader = (wasmFiles: string | undefined) => Promise<unknown>;

/** Back ends whose packages are known here; the code of each is loaded when it is first wanted. */
const LOADERS: Readonly<Record<string, Loader>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: async (wasmFiles) => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    if (wasmFiles !== undefined && engine().registry['wasm'] === undefined) setWasmPaths(wasmFiles);
  },
  // Bundlers that meet a handler leave an optional package out where it is not installed, instead of failing.
  webgpu: () =>
    import('@tensorflow/tfjs-backend-webgpu').catch((cause: unknown) => {
      throw cause;
    }),
  tensorflow: () => importTensorflow(),
};

/**
 * Imports the package that registers a tfjs back end; one that is registered already, or that is not known here, is left
 * to the caller.
 * @param wasmFiles address of the folder with the `.wasm` files of the wasm back end; counts before its first use
 * @throws ENGINE_MISSING where the package of a known back end is not installed
 */
export async function loadBackend(name: string, wasmFiles?: string): Promise<void> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  const isThere = engine().registryFactory[name] !== undefined;
  if (!load || (isThere && name !== 'wasm')) return;
  try {
    await load(wasmFiles);
  } catch (cause) {
    if (isSim4SegError(cause)) throw cause;
    throw new Sim4SegError('ENGINE_MISSING', {
      must: `the package of the tfjs back end '${name}' is installed`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: `run "npm install @tensorflow/tfjs-backend-${name}@4.22.0", or use the back end 'cpu'`,
      cause,
    });
  }
}
