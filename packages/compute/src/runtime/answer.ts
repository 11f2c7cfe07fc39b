import { failureOf } from './host-failure.js';
import type { HostReply, HostRequest } from './protocol.js';
import type { SessionHost } from './session-host.js';

/** Answers one request; every error becomes a reply, so that nothing is lost between threads. */
export async function answerRequest(host: SessionHost, request: HostRequest): Promise<HostReply> {
  try {
    return await handle(host, request);
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
}

async function handle(host: SessionHost, request: HostRequest): Promise<HostReply> {
  if (request.type === 'load') return { type: 'loaded', ...(await host.load(request.source, request.threads)) };
  if (request.type === 'run')
    return { type: 'outputs', outputs: await host.run(request.session, request.feeds, request.fetches) };
  if (request.type === 'release') await host.release(request.session);
  else await host.close();
  return { type: 'done' };
}
