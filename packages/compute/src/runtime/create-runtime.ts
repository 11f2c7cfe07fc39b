import { availableParallelism } from 'node:os';
import { Sim4SegError } from '@sim4seg/core';
import { BufferPool, copyFeeds, expectFeeds, giveFeeds, type Outgoing } from './feeds.js';
import type { GraphInfo, GraphSource, GraphTensors, HostReply } from './protocol.js';
import { RequestQueue } from './request-queue.js';
import { createDirectTransport, type Transport } from './transport.js';
import { createWorkerTransport } from './worker-transport.js';

export interface RuntimeOptions {
  /**
   * `worker` (default) runs graphs in a thread of their own. `direct` runs them in the calling thread and blocks its
   * event loop: for a child process that does nothing else.
   */
  readonly mode?: 'worker' | 'direct';
  /** Threads that one run may use; all cores if left out. */
  readonly threads?: number | undefined;
}

export interface RunOptions {
  /** Names of the outputs wanted; all if left out. */
  readonly fetches?: readonly string[] | undefined;
  /** Aborting rejects at once; native work that has begun goes on to its end and its result is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** The caller gives its buffers up: they are detached instead of copied. */
  readonly giveInputs?: boolean | undefined;
}

/** A compiled graph that is ready to run. */
export interface GraphSession extends GraphInfo, AsyncDisposable {
  /**
   * Runs the graph. The caller's arrays are neither changed nor detached, unless `giveInputs` is set.
   * @throws SHAPE_MISMATCH, ABORTED, ENGINE_FAILED
   */
  run(feeds: GraphTensors, options?: RunOptions): Promise<GraphTensors>;
  release(): Promise<void>;
}

/** Holds native sessions; none of them imports tfjs. */
export interface Runtime extends AsyncDisposable {
  /** @throws ENGINE_MISSING without onnxruntime-node, ENGINE_FAILED for a graph that does not load. */
  load(source: GraphSource): Promise<GraphSession>;
  /** Waits for the run that has begun, refuses those behind it and frees everything. */
  close(): Promise<void>;
}

/** Starts a runtime for compiled graphs. The thread starts at once, so that it loads beside the caller's own work. */
export function createRuntime({ mode = 'worker', threads }: RuntimeOptions = {}): Runtime {
  return runtimeOver(mode === 'direct' ? createDirectTransport() : createWorkerTransport(), mode, threads);
}

/** A runtime over any way to a session host. */
export function runtimeOver(transport: Transport, mode: 'worker' | 'direct', threads?: number): Runtime {
  const queue = new RequestQueue(transport);
  const close = () => queue.close();
  const load = async (source: GraphSource) => {
    const request = { type: 'load', source, threads: threads ?? availableParallelism() } as const;
    const { session, info } = expectReply(await queue.request(request), 'loaded');
    return createGraphSession(queue, session, info, mode === 'worker');
  };
  return { load, close, [Symbol.asyncDispose]: close };
}

function createGraphSession(queue: RequestQueue, session: number, info: GraphInfo, isRemote: boolean): GraphSession {
  const allOutputs = info.outputs.map(({ name }) => name);
  const release = async () => {
    await queue.request({ type: 'release', session });
  };
  const pool = new BufferPool();
  const leave = (feeds: GraphTensors, giveInputs: boolean): Outgoing => {
    if (!isRemote) return { feeds, given: [] };
    return giveInputs ? giveFeeds(feeds, info.inputs) : copyFeeds(feeds, info.inputs, pool);
  };
  const run = async (feeds: GraphTensors, { fetches = allOutputs, signal, giveInputs = false }: RunOptions = {}) => {
    expectFeeds(feeds, info.inputs);
    const outgoing = leave(feeds, giveInputs);
    const request = { type: 'run', session, feeds: outgoing.feeds, fetches } as const;
    const reply = await queue.request(request, { given: outgoing.given, signal });
    const { outputs, returned } = expectReply(reply, 'outputs');
    if (isRemote && !giveInputs) pool.give(returned);
    return outputs;
  };
  return { ...info, run, release, [Symbol.asyncDispose]: release };
}

function expectReply<T extends HostReply['type']>(reply: HostReply, type: T): Extract<HostReply, { type: T }> {
  if (reply.type !== type)
    throw new Sim4SegError('INTERNAL', {
      must: `The session host must reply "${type}"`,
      got: reply.type,
      fix: 'install matching versions of all @sim4seg packages',
    });
  return reply as Extract<HostReply, { type: T }>;
}
