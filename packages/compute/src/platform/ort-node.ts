/** The package that executes compiled graphs in Node. */
export const runtimePackage = 'onnxruntime-node';

/** How to get it. */
export const runtimeFix =
  'run "npm pkg set allowScripts.onnxruntime-node=false --json" and "npm install onnxruntime-node@1.30.0"';

/** The name is no literal, so that a bundler leaves the optional package alone. */
export const importRuntime = (packageName: string): Promise<unknown> => import(packageName);

/** A tensor that is fed and fetched is written where it lies. */
export const writesInPlace: boolean = true;

/** The package finds its own library. */
export const placeRuntimeFiles: (ort: object, wasmFiles: string | undefined) => void = () => undefined;
