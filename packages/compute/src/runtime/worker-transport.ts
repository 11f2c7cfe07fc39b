import { Worker } from 'node:worker_threads';
import { ExitGuard } from './exit-guard.js';
import type { HostReply, HostRequest } from './protocol.js';
import { hostGone, type Transport } from './transport.js';

interface Waiting {
  resolve(reply: HostReply): void;
  reject(error: unknown): void;
}

/** The host in a worker thread. The thread keeps the process alive only while a request is on its way. */
export function createWorkerTransport(startWorker: (data: object) => Worker = startSessionWorker): Transport {
  const guard = new ExitGuard();
  const worker = startWorker({ busy: guard.state });
  let waiting: Waiting | undefined;
  let gone: Error | undefined;
  const settle = (use: (waiting: Waiting) => void) => {
    const current = waiting;
    if (!current) return;
    waiting = undefined;
    worker.unref();
    use(current);
  };
  const lose = (error: Error) => {
    guard.disarm();
    gone ??= error;
    settle(({ reject }) => reject(gone));
  };
  worker.unref();
  guard.arm();
  worker.on('message', (reply: HostReply) => settle(({ resolve }) => resolve(reply)));
  worker.on('messageerror', (error) => lose(hostGone(error.message, error)));
  worker.on('error', (error: Error) => lose(hostGone(error.message, error)));
  worker.on('exit', (code) => lose(hostGone(`it ended with code ${code}`)));
  return {
    send(request: HostRequest, given) {
      if (gone) return Promise.reject(gone);
      worker.ref();
      guard.markBusy();
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        worker.postMessage(request, [...given]);
      });
    },
    end: () => endWorker(worker, () => gone !== undefined),
  };
}

/** Ends an idle worker by message: terminating it while ONNX Runtime works would abort the whole process. */
async function endWorker(worker: Worker, isGone: () => boolean): Promise<void> {
  if (isGone()) return;
  worker.ref();
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage({ type: 'close' } satisfies HostRequest);
  await exited;
}

/** Compiled, the worker is a JavaScript file beside this one; from TypeScript sources it starts through tsx. */
function startSessionWorker(workerData: object): Worker {
  const name = 'sim4seg-sessions';
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { name, workerData });
  const execArgv = ['--conditions=sim4seg-source'];
  return new Worker(new URL('./worker-from-source.mjs', import.meta.url), { name, workerData, execArgv });
}
