import { Sim4SegError } from '@sim4seg/core';
import { answerRequest } from './answer.js';
import type { HostReply, HostRequest } from './protocol.js';
import { createSessionHost } from './session-host.js';

/** The way to a session host. One request at a time. */
export interface Transport {
  /** Sends a request with the buffers that it gives up. @throws ENGINE_FAILED where the host is gone. */
  send(request: HostRequest, given: readonly ArrayBuffer[]): Promise<HostReply>;
  /** The caller of the request on its way has gone: it may be ended early, and then rejects. */
  interrupt?(): void;
  /** Ends the host; called when nothing runs. */
  end(): Promise<void>;
}

/** The host in the calling thread: `run` blocks its event loop. For child processes that do nothing else. */
export function createDirectTransport(): Transport {
  const host = createSessionHost();
  return { send: (request) => answerRequest(host, request), end: () => host.close() };
}

/** The error of a host that went away. */
export function hostGone(got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('ENGINE_FAILED', {
    must: 'The thread or process that runs compiled graphs must stay alive',
    got,
    fix: 'ask again, after a closed or broken runtime with a new one; if it happens again, look for lack of memory or a damaged installation',
    ...(cause === undefined ? {} : { cause }),
  });
}
