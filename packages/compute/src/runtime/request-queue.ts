import { expectNotAborted, Sim4SegError } from '@sim4seg/core';
import type { HostReply, HostRequest } from './protocol.js';
import { hostGone, type Transport } from './transport.js';

interface Job {
  readonly request: HostRequest;
  readonly given: readonly ArrayBuffer[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (reply: HostReply) => void;
  readonly reject: (error: unknown) => void;
}

export interface RequestOptions {
  readonly given?: readonly ArrayBuffer[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Requests in order, one on its way at a time: what is aborted while it waits is never started, what is aborted while
 * it runs rejects at once and its result is dropped.
 */
export class RequestQueue {
  readonly #transport: Transport;
  readonly #jobs: Job[] = [];
  #sent: Job | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @throws ABORTED, ENGINE_FAILED, or what the host replied. */
  request(request: HostRequest, { given = [], signal }: RequestOptions = {}): Promise<HostReply> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(hostGone('the runtime was closed'));
      rejectIfAborted(signal, reject);
      if (signal?.aborted) return;
      const onAbort = () => {
        rejectIfAborted(signal, reject);
        if (this.#sent === job) this.#transport.interrupt?.();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settled = () => signal?.removeEventListener('abort', onAbort);
      const job: Job = {
        request,
        given,
        signal,
        resolve: (reply) => (settled(), resolve(reply)),
        reject: (error) => (settled(), reject(error)),
      };
      this.#jobs.push(job);
      this.#running ??= this.#drain();
    });
  }

  /** Waits for the request on its way, refuses those behind it, ends the host. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) if (!job.signal?.aborted) await this.#send(job);
    this.#running = undefined;
  }

  async #send(job: Job): Promise<void> {
    const { request, given, resolve, reject } = job;
    this.#sent = job;
    try {
      const reply = await this.#transport.send(request, given);
      if (reply.type === 'failed') reject(new Sim4SegError(reply.failure.code, reply.failure));
      else resolve(reply);
    } catch (error) {
      reject(error);
    } finally {
      this.#sent = undefined;
    }
  }

  async #end(): Promise<void> {
    for (const job of this.#jobs.splice(0)) job.reject(hostGone('the runtime was closed'));
    await this.#running;
    await this.#transport.end();
  }
}

function rejectIfAborted(signal: AbortSignal | undefined, reject: (error: unknown) => void): void {
  try {
    expectNotAborted(signal);
  } catch (error) {
    reject(error);
  }
}
