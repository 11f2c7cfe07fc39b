import type { Provider } from '../session/providers.js';
import type { GraphInfo, GraphSource, GraphTensors } from './protocol.js';

export interface RunOptions {
  /** Names of the outputs wanted; all if left out. */
  readonly fetches?: readonly string[] | undefined;
  /**
   * Aborting rejects at once. Native work that has begun goes on to its end and its result is dropped; a process is ended
   * when that takes long.
   */
  readonly signal?: AbortSignal | undefined;
  /** Who asks: a pool serves waiting clients in turn. */
  readonly client?: string | undefined;
  /** The caller gives its buffers up: they are detached instead of copied. */
  readonly giveInputs?: boolean | undefined;
}

/** A compiled graph that is ready to run. */
export interface GraphSession extends GraphInfo, AsyncDisposable {
  /** The provider that opened the graph. */
  readonly provider: Provider;
  /**
   * Runs the graph. The caller's arrays are neither changed nor detached, unless `giveInputs` is set; they must not
   * change before the run settles.
   * @throws SHAPE_MISMATCH, ABORTED, ENGINE_FAILED
   */
  run(feeds: GraphTensors, options?: RunOptions): Promise<GraphTensors>;
  /** Frees the session; further calls do nothing. */
  release(): Promise<void>;
}

/** Holds native sessions; none of them imports tfjs. */
export interface Runtime extends AsyncDisposable {
  /** @throws ENGINE_MISSING without onnxruntime-node, ENGINE_FAILED for a graph that does not load. */
  load(source: GraphSource): Promise<GraphSession>;
  /** Waits for the run that has begun, refuses those behind it and frees everything. */
  close(): Promise<void>;
}
