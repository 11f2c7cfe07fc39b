import type { Announce } from '../session/announcement.js';
import type { GraphSource, HostReply, HostRequest, LoadOptions } from './protocol.js';
import { startSessionProcess, type SessionProcess } from './session-process.js';
import type { Transport } from './transport.js';

export interface ProcessTransportOptions {
  readonly announce: Announce;
  /** How long a run that nobody waits for any more may go on before its process is ended. */
  readonly graceMs?: number | undefined;
  readonly start?: (() => SessionProcess) | undefined;
}

/** Most runs are shorter; ending a process costs the loading of its sessions. */
const GRACE_MS = 500;
/** The host says what is wrong with a session that it does not have. */
const UNKNOWN_SESSION = -1;

interface Held {
  readonly source: GraphSource;
  readonly options: LoadOptions;
  /** The process that holds it, and the number that it has there. */
  host: SessionProcess;
  session: number;
}

/**
 * The host in a child process, which is started again after a crash or a cancelled run: sessions keep their numbers and
 * are loaded again where they are next used.
 */
export function createProcessTransport(options: ProcessTransportOptions): Transport {
  return new ProcessTransport(options);
}

class ProcessTransport implements Transport {
  readonly #start: () => SessionProcess;
  readonly #announce: Announce;
  readonly #graceMs: number;
  readonly #held = new Map<number, Held>();
  #count = 0;
  #host: SessionProcess;
  #cancelled = false;
  #ending: NodeJS.Timeout | undefined;

  constructor({ start = startSessionProcess, announce, graceMs = GRACE_MS }: ProcessTransportOptions) {
    this.#start = start;
    this.#announce = announce;
    this.#graceMs = graceMs;
    this.#host = start();
  }

  async send(request: HostRequest): Promise<HostReply> {
    try {
      if (request.type === 'release') return await this.#release(request.session);
      const host = this.#living();
      if (request.type === 'load') return await this.#load(host, request);
      if (request.type === 'run') return await this.#run(host, request);
      return await host.send(request);
    } finally {
      clearTimeout(this.#ending);
    }
  }

  /** Nobody waits for the request on its way any more. */
  interrupt(): void {
    const host = this.#host;
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => {
      this.#cancelled = true;
      host.kill();
    }, this.#graceMs);
  }

  end(): Promise<void> {
    return this.#host.end();
  }

  #living(): SessionProcess {
    const { gone } = this.#host;
    if (!gone) return this.#host;
    if (!this.#cancelled) {
      const instead = 'The process that runs compiled graphs is started again';
      this.#announce({ type: 'engine-restarted', instead, got: gone.got, fix: gone.fix });
    }
    this.#cancelled = false;
    this.#host = this.#start();
    return this.#host;
  }

  async #load(host: SessionProcess, request: Extract<HostRequest, { type: 'load' }>): Promise<HostReply> {
    const reply = await host.send(request);
    if (reply.type !== 'loaded') return reply;
    const { source, options } = request;
    this.#held.set(++this.#count, { source, options, host, session: reply.session });
    return { ...reply, session: this.#count };
  }

  async #run(host: SessionProcess, request: Extract<HostRequest, { type: 'run' }>): Promise<HostReply> {
    const held = this.#held.get(request.session);
    if (!held) return host.send({ ...request, session: UNKNOWN_SESSION });
    if (held.host !== host) {
      const reply = await host.send({ type: 'load', source: held.source, options: held.options });
      if (reply.type !== 'loaded') return reply;
      Object.assign(held, { host, session: reply.session });
    }
    return host.send({ ...request, session: held.session });
  }

  /** The sessions of a process that is gone went with it. */
  async #release(session: number): Promise<HostReply> {
    const held = this.#held.get(session);
    this.#held.delete(session);
    return !held || held.host.gone ? { type: 'done' } : held.host.send({ type: 'release', session: held.session });
  }
}
