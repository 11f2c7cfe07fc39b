import { expectNotAborted, Sim4SegError } from '@sim4seg/core';

export interface FairQueueOptions {
  /** How many turns there are at once. */
  readonly turns: number;
  /** How many may wait; the next one is refused, so that a flood costs the callers and not the memory. */
  readonly maxWaiting: number;
}

interface Waiting {
  readonly client: string;
  start(): void;
  refuse(error: unknown): void;
}

/**
 * Turns for several clients: those who wait are served client by client in turn, and in order within a client, so that
 * one who asks a hundred times at once does not hold up another who asks once.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Clients in the order in which they are served next; each has at least one who waits. */
  readonly #waiting = new Map<string, Waiting[]>();
  #count = 0;
  #free: number;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#free = options.turns;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#count;
  }

  /**
   * Waits for a turn and uses it.
   * @throws ENGINE_BUSY where too many wait; ABORTED, also while waiting; ENGINE_FAILED after `close`
   */
  async use<T>(
    work: () => Promise<T>,
    options: { client?: string; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    await this.#turn(options.client ?? '', options.signal);
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#next();
    }
  }

  /** Refuses who waits and who comes, and waits for those who have a turn. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const line of [...this.#waiting.values()]) for (const one of [...line]) this.#leave(one).refuse(closedQueue());
    if (this.#free < this.#options.turns) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #turn(client: string, signal: AbortSignal | undefined): Promise<void> {
    expectNotAborted(signal);
    if (this.#closed) throw closedQueue();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#count >= this.#options.maxWaiting) throw this.#busy();
    await this.#wait(client, signal);
  }

  #wait(client: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = () => signal?.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        client,
        start: () => (settled(), resolve()),
        refuse: (error) => (settled(), reject(error as Error)),
      };
      const onAbort = () => {
        try {
          expectNotAborted(signal);
        } catch (error) {
          this.#leave(waiting).refuse(error);
        }
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const line = this.#waiting.get(client) ?? [];
      line.push(waiting);
      this.#waiting.set(client, line);
      this.#count += 1;
    });
  }

  #leave(waiting: Waiting): Waiting {
    const line = (this.#waiting.get(waiting.client) ?? []).filter((one) => one !== waiting);
    this.#count -= 1;
    if (line.length > 0) this.#waiting.set(waiting.client, line);
    else this.#waiting.delete(waiting.client);
    return waiting;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      if (this.#free === this.#options.turns) this.#idle?.();
      return;
    }
    const [client, line] = first;
    const next = this.#leave(line[0] as Waiting);
    const rest = this.#waiting.get(client);
    // To the end of the round.
    if (rest) {
      this.#waiting.delete(client);
      this.#waiting.set(client, rest);
    }
    this.#free -= 1;
    next.start();
  }

  #busy(): Sim4SegError {
    return new Sim4SegError('ENGINE_BUSY', {
      must: `At most ${this.#options.maxWaiting} runs wait for one of ${this.#options.turns} turns`,
      got: 'one more',
      fix: 'ask again later, or allow more with maxWaiting or more processes',
    });
  }
}

function closedQueue(): Sim4SegError {
  return new Sim4SegError('ENGINE_FAILED', {
    must: 'A pool of sessions must be open when it is asked',
    got: 'one that was closed',
    fix: 'create a new pool',
  });
}
