import { Worker } from 'node:worker_threads';
import { Sim4SegError } from '@sim4seg/core';
import type { ErrorCode } from '@sim4seg/core';
import type { Batch } from './batch.js';
import type { BatchSource, BatchSourceOptions } from './batch-source.js';
import type { DataSummary } from './sample-vocabulary.js';

/** What the thread says; errors cross the border as their parts. */
export type ThreadReply =
  | { readonly kind: 'ready'; readonly summary: DataSummary }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | {
      readonly kind: 'failed';
      readonly error: { readonly code: ErrorCode; readonly must: string; readonly got: string; readonly fix: string };
    };

interface Waiting {
  resolve(reply: ThreadReply): void;
  reject(error: unknown): void;
}

/** A batch source whose data and augmentation live in a thread of their own; answers come in the order of the asks. */
export async function createThreadedBatchSource(options: BatchSourceOptions): Promise<BatchSource> {
  const worker = startThread(options);
  const waiting: Waiting[] = [];
  const next = (): Promise<ThreadReply> => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  worker.on('message', (reply: ThreadReply) => {
    const first = waiting.shift();
    if (reply.kind === 'failed') first?.reject(new Sim4SegError(reply.error.code, reply.error));
    else first?.resolve(reply);
  });
  worker.on('error', (cause) => waiting.splice(0).forEach(({ reject }) => reject(threadLost(cause))));
  worker.on('exit', (code) => waiting.splice(0).forEach(({ reject }) => reject(threadLost(`exit ${code}`))));
  const close = async (): Promise<void> => void (await worker.terminate());
  const ready = await next().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (ready.kind !== 'ready') throw threadLost(ready.kind);
  return {
    summary: ready.summary,
    close,
    get: async (place) => {
      const reply = next();
      worker.postMessage(place);
      const answer = await reply;
      if (answer.kind !== 'batch') throw threadLost(answer.kind);
      return answer.batch;
    },
  };
}

/** Compiled, the thread is a JavaScript file beside this one; from TypeScript sources it starts through tsx. */
function startThread(workerData: BatchSourceOptions): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./batch-thread.js', import.meta.url), { workerData });
  const execArgv = ['--conditions=sim4seg-source'];
  return new Worker(new URL('./batch-thread-from-source.mjs', import.meta.url), { workerData, execArgv });
}

function threadLost(cause: unknown): Sim4SegError {
  return new Sim4SegError('INTERNAL', {
    must: 'The thread that prepares batches runs until it is closed',
    got: cause instanceof Error ? cause.message : String(cause),
    fix: 'Resume the run; report this if it happens again',
    cause,
  });
}
