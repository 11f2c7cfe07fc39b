import { failureOf } from './host-failure.js';
import type { GraphTensors, HostReply, HostRequest } from './protocol.js';
import type { SessionHost } from './session-host.js';

/** The buffers behind tensors, each once. */
export function buffersOf(tensors: GraphTensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer))];
}

/** Answers one request; every error becomes a reply, so that nothing is lost between threads. */
export async function answerRequest(host: SessionHost, request: HostRequest): Promise<HostReply> {
  try {
    return await handle(host, request);
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
}

async function handle(host: SessionHost, request: HostRequest): Promise<HostReply> {
  if (request.type === 'load') return { type: 'loaded', ...(await host.load(request.source, request.options)) };
  if (request.type === 'run') {
    const outputs = await host.run(request.session, request.feeds, request.fetches);
    return { type: 'outputs', outputs, returned: buffersOf(request.feeds) };
  }
  if (request.type === 'release') await host.release(request.session);
  else await host.close();
  return { type: 'done' };
}
