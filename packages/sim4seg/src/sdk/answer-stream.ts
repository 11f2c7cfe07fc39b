/** An answer that is being made: its events as they come, and its result. Reading events is optional. */
export interface AnswerStream<E, R> extends AsyncIterable<E> {
  /** Resolves when the answer is there; rejects with the error that stopped it. */
  result(): Promise<R>;
}

/**
 * Starts `work` at once and keeps its events until they are read. Each reader sees every event from the first on; a
 * reader ends when the work ends, and throws what the work threw.
 */
export function startAnswer<E, R>(work: (emit: (event: E) => void) => Promise<R>): AnswerStream<E, R> {
  const events: E[] = [];
  let news = withResolver();
  let ended = false;
  const wake = (): void => {
    news.resolve();
    news = withResolver();
  };
  const emit = (event: E): void => {
    // Work that an abort left behind may still say something.
    if (ended) return;
    events.push(event);
    wake();
  };
  const result = work(emit).finally(() => {
    ended = true;
    wake();
  });
  // Whoever asks for the result gets the error; nobody asking is not a crash of the process.
  result.catch(() => undefined);
  async function* read(): AsyncGenerator<E> {
    for (let next = 0; ;) {
      const waiting = news.promise;
      while (next < events.length) yield events[next++] as E;
      if (ended && next >= events.length) break;
      if (next >= events.length) await waiting;
    }
    await result;
  }
  return { result: () => result, [Symbol.asyncIterator]: read };
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
