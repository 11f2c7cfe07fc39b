/** Longest time that the end of the process waits for a run. */
const patienceMs = 30_000;

const armed = new Set<() => void>();

/** One listener for all guards, however many threads there are. */
const waitForAll = (): void => armed.forEach((wait) => wait());

/**
 * Ending a process while ONNX Runtime works in a thread of it aborts the process with a core dump. The guard lets
 * `process.exit` wait for the run that has begun; the thread marks itself idle through shared memory.
 */
export class ExitGuard {
  readonly state: SharedArrayBuffer;
  readonly #busy: Int32Array;
  readonly #onExit = () => void Atomics.wait(this.#busy, 0, 1, patienceMs);

  constructor(state = new SharedArrayBuffer(4)) {
    this.state = state;
    this.#busy = new Int32Array(state);
  }

  arm(): void {
    if (armed.size === 0) process.on('exit', waitForAll);
    armed.add(this.#onExit);
  }

  disarm(): void {
    if (armed.delete(this.#onExit) && armed.size === 0) process.off('exit', waitForAll);
    this.markIdle();
  }

  markBusy(): void {
    Atomics.store(this.#busy, 0, 1);
  }

  markIdle(): void {
    Atomics.store(this.#busy, 0, 0);
    Atomics.notify(this.#busy, 0);
  }
}
