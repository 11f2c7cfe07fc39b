import type { FastifyInstance } from 'fastify';

const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The server answers to its own page only: other names for this computer (a foreign site that points its name here) and
 * requests from other sites are refused.
 */
export function addGuards(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const origin = request.headers.origin;
    const isForeign = origin !== undefined && origin !== `http://${request.headers.host}`;
    if (!LOCAL_NAMES.has(host) || isForeign)
      return reply.code(403).send({ message: 'This server serves its own page only.' });
    return undefined;
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header(
      'content-security-policy',
      "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
  });
}
