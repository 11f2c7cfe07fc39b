/** The package that executes compiled graphs in a browser. */
export const runtimePackage = 'onnxruntime-web';

/** How to get it. */
export const runtimeFix = 'run "npm install onnxruntime-web@1.30.0" and bundle again';

/** Bundlers that meet a handler leave an optional package out where it is not installed, instead of failing. */
const rethrow = (cause: unknown): never => {
  throw cause;
};

/**
 * Names are literals, so that a bundler makes parts of their own of them. The build with WebGPU is twice as large and is
 * fetched only where the browser knows WebGPU; it has the same kernels as the provider in Node.
 */
export const importRuntime = (): Promise<unknown> =>
  'gpu' in navigator ? import('onnxruntime-web/webgpu').catch(rethrow) : import('onnxruntime-web/wasm').catch(rethrow);

/** Memory of the runtime is its own: a tensor that is fetched into the caller's array is computed there and not copied back. */
export const writesInPlace: boolean = false;

interface WebRuntime {
  readonly env: { readonly wasm: { wasmPaths?: string | object } };
}

/** Says where the `.wasm` files lie; it counts before the first session, later ones share its files. */
export function placeRuntimeFiles(ort: object, wasmFiles: string | undefined): void {
  if (wasmFiles !== undefined) (ort as WebRuntime).env.wasm.wasmPaths = wasmFiles;
}
