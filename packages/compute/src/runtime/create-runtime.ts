import { availableParallelism } from 'node:os';
import { Sim4SegError } from '@sim4seg/core';
import type { GraphSession, RunOptions, Runtime } from './contract.js';
import { BufferPool, copyFeeds, expectFeeds, giveFeeds, type Outgoing } from './feeds.js';
import { announceByWarning, announceOnce, type Announce } from '../session/announcement.js';
import type { GraphSource, GraphTensors, HostReply, LoadedGraph, LoadOptions } from './protocol.js';
import { RequestQueue } from './request-queue.js';
import { createDirectTransport, type Transport } from './transport.js';
import { createProcessTransport } from './process-transport.js';
import { createWorkerTransport } from './worker-transport.js';

/** Settings of every session of a runtime, and how its host lives. */
export interface RuntimeOptions extends LoadOptions {
  /**
   * `worker` (default) runs graphs in a thread of their own. `process` runs them in a child process: a crash of the
   * engine costs an error and never the caller's process, and a long run can be ended; for servers. `direct` runs them
   * in the calling thread and blocks its event loop: for a process that does nothing else.
   */
  readonly mode?: RuntimeMode | undefined;
  /** Threads that one run may use; all cores if left out. */
  readonly threads?: number | undefined;
  /** In `process` mode: how long an aborted run may go on before its process is ended; half a second if left out. */
  readonly graceMs?: number | undefined;
  /** Hears what the engine does otherwise than asked; a warning of the process if left out. */
  readonly onAnnounce?: Announce | undefined;
}

export type RuntimeMode = 'worker' | 'process' | 'direct';

export type { GraphSession, RunOptions, Runtime } from './contract.js';

/** Starts a runtime for compiled graphs. Its host starts at once, so that it loads beside the caller's own work. */
export function createRuntime({ mode = 'worker', ...options }: RuntimeOptions = {}): Runtime {
  return runtimeOver(TRANSPORTS[mode](options), mode, options);
}

const TRANSPORTS: Readonly<Record<RuntimeMode, (options: RuntimeOptions) => Transport>> = {
  worker: () => createWorkerTransport(),
  process: ({ onAnnounce = announceByWarning, graceMs }) => createProcessTransport({ announce: onAnnounce, graceMs }),
  direct: createDirectTransport,
};

/** A runtime over any way to a session host. */
export function runtimeOver(transport: Transport, mode: RuntimeMode, options: RuntimeOptions = {}): Runtime {
  const { threads = availableParallelism(), onAnnounce = announceByWarning, graceMs: _, ...rest } = options;
  const announce = announceOnce(onAnnounce);
  const queue = new RequestQueue(transport);
  const close = () => queue.close();
  const load = async (source: GraphSource) => {
    const loading: LoadOptions = { intraOpNumThreads: threads, ...rest };
    const loaded = expectReply(await queue.request({ type: 'load', source, options: loading }), 'loaded');
    loaded.announcements.forEach(announce);
    return createGraphSession(queue, loaded, LEAVING[mode]);
  };
  return { load, close, [Symbol.asyncDispose]: close };
}

/** How feeds leave the caller: as they are, or in buffers that another thread takes over and gives back. */
type Leaving = 'lent' | 'given';

const LEAVING: Readonly<Record<RuntimeMode, Leaving>> = { worker: 'given', process: 'lent', direct: 'lent' };

function createGraphSession(
  queue: RequestQueue,
  { session, info, provider }: LoadedGraph,
  leaving: Leaving,
): GraphSession {
  const isRemote = leaving === 'given';
  const allOutputs = info.outputs.map(({ name }) => name);
  let released: Promise<void> | undefined;
  const release = () => (released ??= queue.request({ type: 'release', session }).then(() => undefined));
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
  return { ...info, provider, run, release, [Symbol.asyncDispose]: release };
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
