import { hostFailure } from './host-failure.js';

/** The parts of onnxruntime-node that are used; declared here so that its absence is no type error. */
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
 * Throws a failure with ENGINE_MISSING where the optional package `onnxruntime-node` is not installed or has no binary here.
 */
export function importOrtOnce(packageName = 'onnxruntime-node'): Promise<OrtModule> {
  if (packageName !== 'onnxruntime-node') return importOrt(packageName);
  loaded ??= importOrt(packageName);
  return loaded;
}

async function importOrt(packageName: string): Promise<OrtModule> {
  try {
    const module = (await import(packageName)) as OrtModule & { default?: OrtModule };
    return module.InferenceSession ? module : (module.default as OrtModule);
  } catch (cause) {
    const must = 'The package onnxruntime-node must be installed to run compiled graphs';
    const fix =
      'run "npm pkg set allowScripts.onnxruntime-node=false --json" and "npm install onnxruntime-node@1.30.0"';
    throw hostFailure({ code: 'ENGINE_MISSING', must, got: (cause as Error).message, fix }, cause);
  }
}
