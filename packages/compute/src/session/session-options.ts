import type { Provider } from './providers.js';
import type { Announce } from './announcement.js';

/** Settings of a session; what is left out is as {@link SESSION_DEFAULTS} says. */
export interface OrtSessionOptions {
  /** Where the graph runs: one provider, or several in the order in which they are tried. */
  readonly providers?: Provider | readonly Provider[];
  /** Threads that one run may use; all cores if left out. */
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all';
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  /** Threads that wait for work burn their core meanwhile: faster small runs, a busy computer. */
  readonly spinning?: boolean;
  /**
   * Weights are copied into the order in which kernels read them: faster runs, and weights of a file are copied into
   * memory. Off if left out where the file is larger than 1 GB.
   */
  readonly prepacking?: boolean;
  readonly enableProfiling?: boolean;
  readonly profileFilePrefix?: string;
  /** Browsers: address of the folder with the `.wasm` files of onnxruntime-web; where the bundler put them if left out. */
  readonly wasmFiles?: string | undefined;
  /** Folder of the files that external initializers name. */
  readonly externalFolder?: string;
  /** Folder of optimised graphs: a graph that was opened before opens faster. No cache if left out. */
  readonly cacheFolder?: string | undefined;
  /** The oldest entries go when the cache is larger. */
  readonly cacheLimitBytes?: number | undefined;
  /** Hears what the engine does otherwise than asked; a warning of the process if left out. */
  readonly onAnnounce?: Announce | undefined;
  /** Further settings of the runtime, such as `session.use_env_allocators`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** For a library inside somebody else's process. */
export const SESSION_DEFAULTS = {
  /** The only provider that is everywhere and gives the same numbers on each of them. */
  providers: ['cpu'],
  /** Compiled graphs are chains: running two branches at once costs more in hand-over than it gains. */
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  /** Reused memory: a fresh buffer for each run pays its page faults again. */
  enableCpuMemArena: true,
  /** One block for all values of a run whose shapes are known. */
  enableMemPattern: true,
  /** Spinning took five times the processor time of small runs; an idle server must be idle. */
  spinning: false,
  /** Products are up to twice as fast on packed weights. */
  prepacking: true,
  /** Errors only: warnings are for the people who write the runtime. */
  logSeverityLevel: 3,
  cacheLimitBytes: 2 ** 30,
} as const;

type Nested = { [key: string]: string | Nested };

/** The binding flattens nested objects into dotted keys; its values are strings. */
function nestDotted(entries: Readonly<Record<string, string>>): Nested {
  const nested: Nested = {};
  for (const [key, value] of Object.entries(entries)) {
    const path = key.split('.');
    const last = path.pop() as string;
    const place = path.reduce((inner, part) => (inner[part] ??= {}) as Nested, nested);
    place[last] = value;
  }
  return nested;
}

const flag = (value: boolean): string => (value ? '1' : '0');

function configEntries(options: OrtSessionOptions): Record<string, string> {
  const { spinning = SESSION_DEFAULTS.spinning, prepacking = SESSION_DEFAULTS.prepacking, externalFolder } = options;
  return {
    'session.intra_op.allow_spinning': flag(spinning),
    'session.inter_op.allow_spinning': flag(spinning),
    'session.disable_prepacking': flag(!prepacking),
    ...(externalFolder !== undefined && { 'session.model_external_initializers_file_folder_path': externalFolder }),
    ...options.config,
  };
}

/** Options as the runtime's binding takes them, for one provider. */
export function nativeOptions(options: OrtSessionOptions, provider: Provider): Record<string, unknown> {
  const { intraOpNumThreads, interOpNumThreads, enableProfiling, profileFilePrefix } = options;
  return {
    executionProviders: [provider],
    executionMode: SESSION_DEFAULTS.executionMode,
    logSeverityLevel: SESSION_DEFAULTS.logSeverityLevel,
    graphOptimizationLevel: options.graphOptimizationLevel ?? SESSION_DEFAULTS.graphOptimizationLevel,
    enableCpuMemArena: options.enableCpuMemArena ?? SESSION_DEFAULTS.enableCpuMemArena,
    enableMemPattern: options.enableMemPattern ?? SESSION_DEFAULTS.enableMemPattern,
    ...(intraOpNumThreads !== undefined && { intraOpNumThreads }),
    ...(interOpNumThreads !== undefined && { interOpNumThreads }),
    ...(enableProfiling !== undefined && { enableProfiling }),
    ...(profileFilePrefix !== undefined && { profileFilePrefix }),
    extra: nestDotted(configEntries(options)),
  };
}
