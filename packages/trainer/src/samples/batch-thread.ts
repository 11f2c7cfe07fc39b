import { parentPort, workerData } from 'node:worker_threads';
import { isSim4SegError } from '@sim4seg/core';
import { createBatchSource } from './batch-source.js';
import type { BatchPlace, BatchSourceOptions } from './batch-source.js';
import type { ThreadReply } from './threaded-batch-source.js';

/** The thread behind a threaded batch source: loads once, then answers one place after the other. */
async function serve(): Promise<void> {
  const reply = (message: ThreadReply, transfer: readonly ArrayBuffer[] = []): void =>
    parentPort?.postMessage(message, [...transfer]);
  const failed = (error: unknown): ThreadReply => {
    if (!isSim4SegError(error))
      return { kind: 'failed', error: { code: 'INTERNAL', got: String(error), must: '', fix: '' } };
    return { kind: 'failed', error: { code: error.code, must: error.must, got: error.got, fix: error.fix } };
  };
  try {
    const source = await createBatchSource(workerData as BatchSourceOptions);
    reply({ kind: 'ready', summary: source.summary });
    parentPort?.on('message', async (place: BatchPlace) => {
      try {
        const batch = await source.get(place);
        const arrays = Object.values(batch).filter((value) => ArrayBuffer.isView(value));
        reply(
          { kind: 'batch', batch },
          arrays.map(({ buffer }) => buffer as ArrayBuffer),
        );
      } catch (error) {
        reply(failed(error));
      }
    });
  } catch (error) {
    reply(failed(error));
  }
}

void serve();
