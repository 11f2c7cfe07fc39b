import {
  createRuntime,
  type GraphSession,
  type RunOptions,
  type Runtime,
  type RuntimeOptions,
} from './create-runtime.js';
import { FairQueue } from './fair-queue.js';
import type { GraphSource, GraphTensors } from './protocol.js';

export interface RuntimePoolOptions extends RuntimeOptions {
  /** Runtimes, each with a process or thread of its own; runs at once are bounded by this. */
  readonly size: number;
  /** Runs that may wait; the next is refused with ENGINE_BUSY. */
  readonly maxWaiting?: number;
}

/** A minute of work for a small model: who waits longer is better off with an error. */
const MAX_WAITING = 64;

/**
 * Several runtimes behind the face of one. A graph is opened by each runtime at its first run there; a run takes the
 * runtime that has been idle for the shortest time, so that few of them hold everything while little is asked. Waiting
 * runs are served in turn by `client`.
 */
export function createRuntimePool(
  { size, maxWaiting = MAX_WAITING, mode = 'process', ...options }: RuntimePoolOptions,
  create: (options: RuntimeOptions) => Runtime = createRuntime,
): Runtime {
  const pool = new Pool({ size, maxWaiting, create: () => create({ mode, ...options }) });
  const close = () => pool.close();
  return { load: (source) => pool.load(source), close, [Symbol.asyncDispose]: close };
}

interface PoolParts {
  readonly size: number;
  readonly maxWaiting: number;
  readonly create: () => Runtime;
}

class Pool {
  readonly #queue: FairQueue;
  readonly #create: () => Runtime;
  readonly #made: Runtime[] = [];
  readonly #idle: Runtime[] = [];
  #closing: Promise<void> | undefined;

  constructor({ size, maxWaiting, create }: PoolParts) {
    this.#queue = new FairQueue({ turns: size, maxWaiting });
    this.#create = create;
  }

  async load(source: GraphSource): Promise<GraphSession> {
    const sessions = new Map<Runtime, Promise<GraphSession>>();
    const first = await this.#use((runtime) => sessionOf(sessions, runtime, source));
    let released: Promise<void> | undefined;
    const release = () => (released ??= releaseAll(sessions));
    const { inputs, outputs, provider } = first;
    const run = (feeds: GraphTensors, options: RunOptions = {}) =>
      this.#use(async (runtime) => {
        // What was released says so itself.
        const session = released ? first : await sessionOf(sessions, runtime, source);
        return session.run(feeds, options);
      }, options);
    return { inputs, outputs, provider, run, release, [Symbol.asyncDispose]: release };
  }

  /** Refuses who waits, lets those end who run, frees everything. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(async () => {
      await Promise.all(this.#made.map((runtime) => runtime.close()));
    });
    return this.#closing;
  }

  #use<T>(work: (runtime: Runtime) => Promise<T>, { client, signal }: RunOptions = {}): Promise<T> {
    return this.#queue.use(
      async () => {
        const runtime = this.#idle.pop() ?? this.#make();
        try {
          const result = await work(runtime);
          this.#idle.push(runtime);
          return result;
        } catch (error) {
          // One that was left in the middle of a run may be busy with it: it is taken last.
          this.#idle.unshift(runtime);
          throw error;
        }
      },
      { signal, ...(client !== undefined && { client }) },
    );
  }

  #make(): Runtime {
    const runtime = this.#create();
    this.#made.push(runtime);
    return runtime;
  }
}

/** A graph that did not load is tried again at the next run. */
function sessionOf(
  sessions: Map<Runtime, Promise<GraphSession>>,
  runtime: Runtime,
  source: GraphSource,
): Promise<GraphSession> {
  const known = sessions.get(runtime);
  if (known) return known;
  const loading = runtime.load(source);
  sessions.set(runtime, loading);
  loading.catch(() => sessions.delete(runtime));
  return loading;
}

async function releaseAll(sessions: ReadonlyMap<Runtime, Promise<GraphSession>>): Promise<void> {
  await Promise.all([...sessions.values()].map(async (session) => (await session).release()));
}
