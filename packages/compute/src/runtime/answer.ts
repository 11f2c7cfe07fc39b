import { isSim4SegError } from '@sim4seg/core';
import type { HostFailure, HostReply, HostRequest } from './protocol.js';
import type { SessionHost } from './session-host.js';

/** Answers one request; every error becomes a reply, so that nothing is lost between threads. */
export async function answerRequest(host: SessionHost, request: HostRequest): Promise<HostReply> {
  try {
    return await handle(host, request);
  } catch (error) {
    return { type: 'failed', failure: toFailure(error) };
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

function toFailure(error: unknown): HostFailure {
  if (isSim4SegError(error)) return { code: error.code, must: error.must, got: error.got, fix: error.fix };
  return {
    code: 'ENGINE_FAILED',
    must: 'The session host must answer',
    got: error instanceof Error ? error.message : String(error),
    fix: 'create a new runtime; report it if it happens again',
  };
}
