import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { RESEARCH_NOTICE, decodeImage, isSim4SegError } from 'sim4seg';
import type { Diagnosis, MedicalImage, Sim4Seg } from 'sim4seg';
import type { DemoState, UploadedImage } from './api-types.js';
import { choosablePlugins, defaultOptions } from './answer-options.js';
import { addAnswerRoutes } from './answer-route.js';
import { addGuards } from './guards.js';
import { createLatest } from './latest.js';
import { LIMITS } from './limits.js';
import { createPhantomGallery } from './phantom-gallery.js';

/** The demo's server over an open model: the page, and what it asks. Nothing is logged and nothing is stored. */
export async function createDemoServer(model: Sim4Seg, { webRoot }: { webRoot: string }): Promise<FastifyInstance> {
  const server = fastify({ bodyLimit: LIMITS.imageBytes, logger: false });
  const images = createLatest<MedicalImage>(LIMITS.keptImages);
  addGuards(server);
  server.setErrorHandler((error, _request, reply) => {
    const { code, message } = describeError(error);
    return reply.code(code).send({ message });
  });
  addStateRoutes(server, model);
  addImageRoute(server, images);
  addAnswerRoutes(server, model, { images, answers: createLatest<Diagnosis>(LIMITS.keptAnswers) });
  await server.register(fastifyStatic, { root: webRoot });
  return server;
}

function addStateRoutes(server: FastifyInstance, model: Sim4Seg): void {
  const phantoms = createPhantomGallery();
  const { name, version } = model.bundle;
  const state: DemoState = {
    notice: RESEARCH_NOTICE,
    bundle: { name, version },
    plugins: choosablePlugins(model),
    defaults: defaultOptions(model),
    limits: { imageBytes: LIMITS.imageBytes, questionCharacters: LIMITS.questionCharacters },
  };
  server.get('/api/state', async () => state);
  server.get('/api/phantoms', async () => [...phantoms.values()].map(({ choice }) => choice));
  server.get<{ Params: { file: string } }>('/api/phantoms/:file', async (request, reply) => {
    const phantom = phantoms.get(request.params.file.replace(/\.png$/, ''));
    if (!phantom) return reply.code(404).send({ message: 'There is no such phantom.' });
    return reply.type('image/png').send(Buffer.from(await phantom.png()));
  });
}

/** The picture comes as it is; what it is, its bytes say. */
function addImageRoute(server: FastifyInstance, images: ReturnType<typeof createLatest<MedicalImage>>): void {
  server.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  server.post('/api/images', async (request): Promise<UploadedImage> => {
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const image = await decodeImage(bytes, { limits: { maxPixels: LIMITS.imagePixels } });
    return { imageId: images.add(image), widthPx: image.widthPx, heightPx: image.heightPx };
  });
}

function describeError(error: unknown): { code: number; message: string } {
  if (isSim4SegError(error)) return { code: 400, message: error.message };
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status === 413) return { code: 413, message: `A picture may have ${LIMITS.imageBytes / 2 ** 20} MB at most.` };
  return status < 500
    ? { code: status, message: error instanceof Error ? error.message : 'The request cannot be read.' }
    : { code: 500, message: 'The server met a defect. Start it again; report it if it happens again.' };
}
