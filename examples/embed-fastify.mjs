// A route that takes a picture and a question, streams events as lines of JSON, and stops when the client has gone.
// `PORT=8080 node examples/embed-fastify.mjs`, then
// `curl -N -F question="Is there a skin lesion?" -F image=@picture.png http://127.0.0.1:8080/diagnose`
import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { createSim4Seg, isSim4SegError } from 'sim4seg';

const sim4seg = await createSim4Seg({}, { maxAtOnce: 2, maxWaiting: 16 });
// Connections that are kept open must not keep the server from closing.
const server = fastify({ forceCloseConnections: true });
await server.register(multipart, { limits: { files: 1, fileSize: 32 * 2 ** 20 } });
server.addHook('onClose', () => sim4seg.close());

server.post('/diagnose', async (request, reply) => {
  const file = await request.file();
  if (!file) return reply.code(400).send({ code: 'USAGE', message: 'Send the fields "question" and then "image".' });
  const image = await file.toBuffer();
  const question = String(file.fields.question?.value ?? '');
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const answer = sim4seg.diagnose({ image, question, client: request.ip, signal: gone.signal });
  return reply.type('application/x-ndjson').send(Readable.from(lines(answer)));
});

/** Events, then the answer or the error; the stream has begun, so that an error is a line, too. */
async function* lines(answer) {
  try {
    for await (const event of answer) yield `${JSON.stringify(event)}\n`;
    const { presence, diagnosis, confidence, notice } = await answer.result();
    yield `${JSON.stringify({ type: 'answer', presence, diagnosis, confidence, notice })}\n`;
  } catch (error) {
    const known = isSim4SegError(error);
    if (known && error.code === 'ABORTED') console.error('the client has gone: stopped');
    yield `${JSON.stringify({ type: 'error', code: known ? error.code : 'INTERNAL', message: known ? error.message : '' })}\n`;
  }
}

console.log(await server.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());
