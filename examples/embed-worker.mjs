// The model in a thread of the app's own: what is asked and answered are messages.
// `node examples/embed-worker.mjs picture.png "Is there a skin lesion?"`
import { readFile } from 'node:fs/promises';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { createSim4Seg } from 'sim4seg';

/** In the thread: answers `{ id, image, question }`, stops on `{ abort: id }`, ends on `{ close: true }`. */
async function serve(port) {
  const sim4seg = await createSim4Seg();
  const asked = new Map();
  const answer = async ({ id, image, question }) => {
    const stop = new AbortController();
    asked.set(id, stop);
    try {
      const stream = sim4seg.diagnose({ image, question, signal: stop.signal });
      for await (const event of stream) port.postMessage({ id, event });
      const { presence, diagnosis, maskBits, notice } = await stream.result();
      port.postMessage({ id, answer: { presence, diagnosis, maskBits, notice } });
    } catch (error) {
      port.postMessage({ id, error: { code: error.code ?? 'INTERNAL', message: error.message } });
    } finally {
      asked.delete(id);
    }
  };
  port.on('message', (message) => {
    if (message.close) void sim4seg.close().then(() => port.close());
    else if (message.abort !== undefined) asked.get(message.abort)?.abort();
    else void answer(message);
  });
}

/** In the app: one question, its events, its answer. */
async function main([path, question]) {
  const worker = new Worker(new URL(import.meta.url));
  const image = await readFile(path);
  worker.postMessage({ id: 1, image: new Uint8Array(image), question });
  worker.on('message', ({ event, answer, error }) => {
    if (event?.type === 'token') process.stdout.write(event.text);
    if (!answer && !error) return;
    console.log(
      answer ? `\n${answer.presence}: ${answer.diagnosis}. ${answer.notice}` : `${error.code}: ${error.message}`,
    );
    if (error) process.exitCode = 1;
    worker.postMessage({ close: true });
  });
}

if (isMainThread) await main(process.argv.slice(2));
else await serve(parentPort);
