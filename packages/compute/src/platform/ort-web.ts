/** The package that executes compiled graphs in a browser. */
export const runtimePackage = 'onnxruntime-web';

/** How to get it. */
export const runtimeFix = 'run "npm install onnxruntime-web@1.30.0" and bundle again';

/** The name is a literal, so that a bundler makes a part of its own of the optional package. */
export const importRuntime = (): Promise<unknown> => import('onnxruntime-web');

interface WebRuntime {
  readonly env: { readonly wasm: { wasmPaths?: string | object } };
}

/** Says where the `.wasm` files lie; it counts before the first session, later ones share its files. */
export function placeRuntimeFiles(ort: object, wasmFiles: string | undefined): void {
  if (wasmFiles !== undefined) (ort as WebRuntime).env.wasm.wasmPaths = wasmFiles;
}
