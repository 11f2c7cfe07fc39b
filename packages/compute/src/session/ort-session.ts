import { Sim4SegError } from '@sim4seg/core';
import { placeRuntimeFiles } from '#ort';
import { modelCache } from '#platform';
import { failureOf } from '../runtime/host-failure.js';
import { loadOrt } from '../runtime/ort.js';
import type { OrtModule, OrtTensor } from '../runtime/ort.js';
import type { DType, TensorData, TensorValue } from '../tensor-value.js';
import { announceByWarning } from './announcement.js';
import { openNative } from './open-native.js';
import type { Provider } from './providers.js';
import { SESSION_DEFAULTS } from './session-options.js';
import type { OrtSessionOptions } from './session-options.js';

export type { OrtSessionOptions } from './session-options.js';

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
export interface InProcessSession extends AsyncDisposable {
  readonly native: NativeSession;
  /** The provider that opened the graph. */
  readonly provider: Provider;
  toOrt(value: TensorValue): OrtTensor;
  /** Frees the session; further calls do nothing. */
  release(): Promise<void>;
}

const DTYPES: Readonly<Record<string, DType>> = { float32: 'float32', int32: 'int32', bool: 'bool' };

/** The caller's array as a runtime tensor, without a copy. */
function toOrtTensor(ort: OrtModule, { data, shape, dtype }: TensorValue): OrtTensor {
  return new ort.Tensor(dtype, data, shape);
}

export function fromOrtTensor(tensor: OrtTensor): TensorValue {
  return { data: tensor.data as TensorData, shape: [...tensor.dims], dtype: DTYPES[tensor.type] ?? 'float32' };
}

/**
 * Opens a model in this thread, on the first of `options.providers` that takes it; each one that does not is announced.
 * @throws ENGINE_MISSING without the runtime, or where no provider is there; ENGINE_FAILED for a model that is refused
 */
export async function createOrtSession(
  model: Uint8Array,
  options: OrtSessionOptions = {},
  load: () => Promise<OrtModule> = loadOrt,
): Promise<InProcessSession> {
  const ort = await load();
  placeRuntimeFiles(ort, options.wasmFiles);
  const announce = options.onAnnounce ?? announceByWarning;
  const limitBytes = options.cacheLimitBytes ?? SESSION_DEFAULTS.cacheLimitBytes;
  const runtimeVersion = ort.env?.versions.node ?? ort.env?.versions.web ?? '';
  try {
    const cache = options.cacheFolder
      ? await modelCache({
          folder: options.cacheFolder,
          limitBytes,
          runtimeVersion,
          weightsFolder: options.externalFolder,
          announce,
        })
      : null;
    const { native, provider } = await openNative({ ort, announce, cache }, model, options);
    return inProcess(ort, native as unknown as NativeSession, provider);
  } catch (cause) {
    const failure = failureOf(cause);
    throw new Sim4SegError(failure.code, { ...failure, cause });
  }
}

function inProcess(ort: OrtModule, native: NativeSession, provider: Provider): InProcessSession {
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= native.release());
  return { native, provider, toOrt: (value) => toOrtTensor(ort, value), release, [Symbol.asyncDispose]: release };
}

export function engineFailed(must: string, cause: unknown): Sim4SegError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const fix = 'check that the inputs have the declared shapes; report the graph otherwise';
  return new Sim4SegError('ENGINE_FAILED', { must, got: message, fix, cause });
}
