import { dirname } from 'node:path';
import type { EngineAnnouncement } from '../session/announcement.js';
import { openNative, type OpenedNative } from '../session/open-native.js';
import { SESSION_DEFAULTS } from '../session/session-options.js';
import type { ElementArray } from '../weights/tensor-value.js';
import { hostFailure } from './host-failure.js';
import { importOrtOnce, type OrtModule, type OrtSession, type OrtTensor, type OrtValueMetadata } from './ort-module.js';
import type {
  GraphInfo,
  GraphSource,
  GraphTensor,
  GraphTensors,
  GraphValueInfo,
  LoadedGraph,
  LoadOptions,
} from './protocol.js';

/** Holds native sessions and runs them, in whichever thread it was made. */
export interface SessionHost {
  load(source: GraphSource, options: LoadOptions): Promise<LoadedGraph>;
  run(session: number, feeds: GraphTensors, fetches: readonly string[]): Promise<GraphTensors>;
  release(session: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes a host without sessions. ONNX Runtime is loaded by the first `load`. */
export function createSessionHost(): SessionHost {
  const sessions = new Map<number, OrtSession>();
  let count = 0;
  const release = async (session: number) => {
    const held = sessions.get(session);
    sessions.delete(session);
    await held?.release();
  };
  return {
    async load(source, options) {
      const announcements: EngineAnnouncement[] = [];
      const { native, provider } = await createSession(source, options, announcements);
      const session = ++count;
      sessions.set(session, native);
      return { session, info: infoOf(native), provider, announcements };
    },
    run: async (session, feeds, fetches) => runSession(expectSession(sessions, session), feeds, fetches),
    release,
    async close() {
      for (const session of [...sessions.keys()].reverse()) await release(session);
    },
  };
}

async function createSession(
  { model, weightsFolder }: GraphSource,
  options: LoadOptions,
  announcements: EngineAnnouncement[],
): Promise<OpenedNative> {
  const ort = await importOrtOnce();
  const folder = weightsFolder ?? (typeof model === 'string' ? dirname(model) : undefined);
  const announce = (announcement: EngineAnnouncement) => void announcements.push(announcement);
  const { cacheFolder, cacheLimitBytes: limitBytes = SESSION_DEFAULTS.cacheLimitBytes } = options;
  const runtimeVersion = ort.env?.versions.node ?? '';
  // Loaded where somebody asks for a cache: the first answer waits for everything that this thread loads.
  const cache = cacheFolder
    ? (await import('../cache/disk-cache.js')).diskCache({
        folder: cacheFolder,
        limitBytes,
        runtimeVersion,
        weightsFolder: folder,
        announce,
      })
    : null;
  const placed = folder === undefined ? options : { ...options, externalFolder: folder };
  return openNative({ ort, announce, cache }, model, placed);
}

async function runSession(session: OrtSession, feeds: GraphTensors, fetches: readonly string[]): Promise<GraphTensors> {
  const ort = await importOrtOnce();
  const tensors = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(ort, value)]));
  try {
    const outputs = await session.run(tensors, fetches);
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, fromOrt(value)]));
  } catch (cause) {
    const must = 'The graph must run on these inputs';
    const fix = 'compare shapes and types with those that the session declares';
    throw hostFailure({ code: 'ENGINE_FAILED', must, got: (cause as Error).message, fix }, cause);
  }
}

function toOrt({ Tensor }: OrtModule, { dtype, data, shape }: GraphTensor): OrtTensor {
  return new Tensor(dtype, data, shape);
}

function fromOrt({ data, dims, type }: OrtTensor): GraphTensor {
  return { data: data as ElementArray, shape: [...dims], dtype: type };
}

function infoOf({ inputMetadata, outputMetadata }: OrtSession): GraphInfo {
  return { inputs: inputMetadata.map(toInfo), outputs: outputMetadata.map(toInfo) };
}

function toInfo({ name, type, shape }: OrtValueMetadata): GraphValueInfo {
  return { name, dtype: type ?? 'unknown', dims: shape ?? [] };
}

function expectSession(sessions: ReadonlyMap<number, OrtSession>, session: number): OrtSession {
  const held = sessions.get(session);
  if (held) return held;
  const must = 'A session must be in use when it runs';
  const fix = 'load the graph again, or release it after its last run';
  throw hostFailure({ code: 'ENGINE_FAILED', must, got: 'one that was released', fix });
}
