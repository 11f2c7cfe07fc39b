import { Sim4SegError, untilAborted } from '@sim4seg/core';
import { FairQueue } from '@sim4seg/compute/runtime';

/** How many answers are in the making at once, and how many wait. */
export interface CallLimits {
  readonly maxAtOnce: number;
  readonly maxWaiting: number;
}

/** Who calls, and what ends the call. */
export interface CallOptions {
  readonly client?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls that share one model: bounded in number, each ended by its caller's signal or when the model closes. */
export interface Calls {
  /**
   * Waits for a turn and works. An abort rejects at once; the turn is kept until the work has really stopped, so that
   * work which nobody waits for any more cannot pile up behind the callers' backs.
   * @throws ENGINE_BUSY where too many wait; ABORTED; USAGE after `close`
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T>;
  /** Aborts all calls, waits until their work has stopped, and refuses further ones. */
  close(): Promise<void>;
}

export function createCalls({ maxAtOnce, maxWaiting }: CallLimits): Calls {
  const queue = new FairQueue({ turns: maxAtOnce, maxWaiting });
  const open = new Set<AbortController>();
  let closing: Promise<void> | undefined;
  return {
    async run(work, { client, signal: callers }) {
      if (closing) throw modelClosed();
      const controller = new AbortController();
      const { signal } = controller;
      const follow = (): void => controller.abort(callers?.reason);
      callers?.addEventListener('abort', follow, { once: true });
      if (callers?.aborted) follow();
      open.add(controller);
      try {
        const asked = { signal, ...(client !== undefined && { client }) };
        return await untilAborted(
          queue.use(() => work(signal), asked),
          signal,
        );
      } finally {
        open.delete(controller);
        callers?.removeEventListener('abort', follow);
      }
    },
    close() {
      closing ??= Promise.resolve().then(() => {
        for (const controller of open) controller.abort(new Error('the model was closed'));
        return queue.close();
      });
      return closing;
    },
  };
}

function modelClosed(): Sim4SegError {
  return new Sim4SegError('USAGE', {
    must: 'A model must be open when it is asked',
    got: 'one that was closed',
    fix: 'ask before close(), or create another with createSim4Seg',
  });
}
