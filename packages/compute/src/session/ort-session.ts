import { Sim4SegError } from '@sim4seg/core';
import { loadOrt } from '../runtime/ort.js';
import type { OrtModule, OrtTensor } from '../runtime/ort.js';
import type { DType, TensorData, TensorValue } from '../tensor-value.js';

export interface OrtSessionOptions {
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
  readonly executionProviders?: readonly string[];
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  readonly enableProfiling?: boolean;
  readonly profileFilePrefix?: string;
  /** Folder of the files that external initializers name. */
  readonly externalFolder?: string;
  /** Further settings of the runtime, such as `session.intra_op.allow_spinning`. */
  readonly config?: Readonly<Record<string, string>>;
}

type Feeds = Readonly<Record<string, OrtTensor>>;

interface NativeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Feeds,
    fetches?: readonly string[] | Readonly<Record<string, OrtTensor | null>>,
  ): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
  endProfiling(): void;
}

/** A session in this thread: a run blocks the event loop until it is done. */
export interface InProcessSession {
  readonly native: NativeSession;
  toOrt(value: TensorValue): OrtTensor;
  release(): Promise<void>;
}

const DTYPES: Readonly<Record<string, DType>> = { float32: 'float32', int32: 'int32', bool: 'bool' };

function nativeOptions(options: OrtSessionOptions): Record<string, unknown> {
  const { externalFolder, config, executionProviders = ['cpu'], ...rest } = options;
  const entries = {
    'session.intra_op.allow_spinning': '0',
    'session.inter_op.allow_spinning': '0',
    ...(externalFolder && { 'session.model_external_initializers_file_folder_path': externalFolder }),
    ...config,
  };
  // The binding flattens nested objects into dotted keys.
  const nested: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries)) assignDotted(nested, key.split('.'), value);
  return { graphOptimizationLevel: 'all', logSeverityLevel: 3, executionProviders, ...rest, extra: nested };
}

function assignDotted(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[head] = value;
  else assignDotted((target[head] ??= {}) as Record<string, unknown>, rest, value);
}

/** The caller's array as a runtime tensor, without a copy. */
function toOrtTensor(ort: OrtModule, { data, shape, dtype }: TensorValue): OrtTensor {
  return new ort.Tensor(dtype, data, shape);
}

export function fromOrtTensor(tensor: OrtTensor): TensorValue {
  return { data: tensor.data as TensorData, shape: [...tensor.dims], dtype: DTYPES[tensor.type] ?? 'float32' };
}

/**
 * Opens a model in this thread.
 * @throws ENGINE_MISSING without onnxruntime-node; ENGINE_FAILED for a model that it refuses
 */
export async function createOrtSession(model: Uint8Array, options: OrtSessionOptions = {}): Promise<InProcessSession> {
  const ort = await loadOrt();
  try {
    const native = (await ort.InferenceSession.create(model, nativeOptions(options))) as unknown as NativeSession;
    return { native, toOrt: (value) => toOrtTensor(ort, value), release: () => native.release() };
  } catch (cause) {
    throw engineFailed('the runtime accepts the graph', cause);
  }
}

export function engineFailed(must: string, cause: unknown): Sim4SegError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const fix = 'check that the inputs have the declared shapes; report the graph otherwise';
  return new Sim4SegError('ENGINE_FAILED', { must, got: message, fix, cause });
}
