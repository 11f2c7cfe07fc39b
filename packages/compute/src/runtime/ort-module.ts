import { importRuntime, runtimeFix, runtimePackage } from '#ort';
import { hostFailure } from './host-failure.js';

/** The parts of onnxruntime-node and onnxruntime-web that are used; declared here so that its absence is no type error. */
export interface OrtTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly type: string;
}

export interface OrtValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export interface OrtSession {
  readonly inputMetadata: readonly OrtValueMetadata[];
  readonly outputMetadata: readonly OrtValueMetadata[];
  run(feeds: Record<string, OrtTensor>, fetches: readonly string[]): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

export interface OrtModule {
  readonly env?: { readonly versions: { readonly node?: string; readonly web?: string } };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: Record<string, unknown>): Promise<OrtSession>;
  };
}

let loaded: Promise<OrtModule> | undefined;

/**
 * Loads ONNX Runtime when it is first needed.
 * Throws a failure with ENGINE_MISSING where the optional package (`onnxruntime-node`, in browsers `onnxruntime-web`) is not
 * installed or has no binary here.
 */
export function importOrtOnce(packageName: string = runtimePackage): Promise<OrtModule> {
  if (packageName !== runtimePackage) return importOrt(packageName);
  loaded ??= importOrt(packageName);
  return loaded;
}

async function importOrt(packageName: string): Promise<OrtModule> {
  try {
    const module = (await importRuntime(packageName)) as OrtModule & { default?: OrtModule };
    return module.InferenceSession ? module : (module.default as OrtModule);
  } catch (cause) {
    const must = `The package ${runtimePackage} must be installed to run compiled graphs`;
    throw hostFailure({ code: 'ENGINE_MISSING', must, got: (cause as Error).message, fix: runtimeFix }, cause);
  }
}
