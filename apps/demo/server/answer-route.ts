import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { Sim4SegError, encodeMask, isSim4SegError } from 'sim4seg';
import type { Diagnosis, MaskBits, MedicalImage, PipelineEvent, Sim4Seg } from 'sim4seg';
import type { AnswerLine, AnswerRequest } from './api-types.js';
import { answerRequestSchema, toConfigTree } from './answer-options.js';
import { toAnswerView } from './answer-view.js';
import type { Latest } from './latest.js';

interface AnswerStores {
  readonly images: Latest<MedicalImage>;
  readonly answers: Latest<Diagnosis>;
}

/** Questions (an answer line by line as it is made) and the masks of answers. */
export function addAnswerRoutes(server: FastifyInstance, model: Sim4Seg, stores: AnswerStores): void {
  server.post('/api/answers', async (request, reply) => {
    const asked = answerRequestSchema.safeParse(request.body);
    if (!asked.success)
      return reply.code(400).send({ message: 'The question has not the form that the server expects.' });
    const image = stores.images.get(asked.data.imageId);
    if (!image) return reply.code(404).send({ message: 'The image is no longer kept. Choose it again.' });
    const controller = new AbortController();
    reply.raw.once('close', () => controller.abort());
    const lines = answerLines(model, { request: asked.data, image, stores, signal: controller.signal });
    return reply.type('application/x-ndjson').header('cache-control', 'no-store').send(Readable.from(lines));
  });
  server.get<{ Params: { id: string; file: string } }>('/api/answers/:id/:file', async (request, reply) => {
    const diagnosis = stores.answers.get(request.params.id);
    const mask = diagnosis ? maskNamed(diagnosis, request.params.file) : null;
    if (!mask) return reply.code(404).send({ message: 'There is no such mask (any more).' });
    return reply.type('image/png').send(Buffer.from(await encodeMask(mask)));
  });
}

interface Asked {
  readonly request: AnswerRequest;
  readonly image: MedicalImage;
  readonly stores: AnswerStores;
  readonly signal: AbortSignal;
}

async function* answerLines(model: Sim4Seg, asked: Asked): AsyncGenerator<string> {
  for await (const line of answerParts(model, asked)) yield `${JSON.stringify(line)}\n`;
}

async function* answerParts(model: Sim4Seg, { request, image, stores, signal }: Asked): AsyncGenerator<AnswerLine> {
  const { options, question } = request;
  const tts = { paths: options.paths, masks: options.masks };
  try {
    const config = toConfigTree(options);
    const answer = model.diagnose({ image, question, seed: options.seed, tts, config, signal });
    for await (const event of answer) {
      const line = lineOf(event);
      if (line) yield line;
    }
    const diagnosis = await answer.result();
    const base = `/api/answers/${stores.answers.add(diagnosis)}`;
    yield { type: 'answer', answer: toAnswerView(diagnosis, { base, selector: options.selector }) };
  } catch (error) {
    yield errorLine(error);
  }
}

function lineOf(event: PipelineEvent): AnswerLine | null {
  if (event.type === 'token') return { type: 'token', path: event.path, text: event.text };
  if (event.type === 'encoded') return { type: 'stage', text: 'The image has been read' };
  if (event.type === 'prefilled') return { type: 'stage', text: 'Writing the reasoning' };
  if (event.type === 'masks') return { type: 'stage', text: `${event.count} masks drawn` };
  return null;
}

function errorLine(error: unknown): AnswerLine {
  const known = isSim4SegError(error)
    ? error
    : new Sim4SegError('INTERNAL', { must: 'The server answers', got: 'a defect', fix: 'report it', cause: error });
  return { type: 'error', code: known.code, message: known.message };
}

/** `mask.png`, `finding-<i>.png` or `candidate-<i>-<k>.png` of an answer. */
function maskNamed({ maskBits, findings }: Diagnosis, file: string): MaskBits | null {
  if (file === 'mask.png') return maskBits;
  const [, finding, candidate] = /^(?:finding|candidate)-(\d+)(?:-(\d+))?\.png$/.exec(file) ?? [];
  const found = findings[Number(finding)];
  if (candidate === undefined) return found?.maskBits ?? null;
  return found?.candidates[Number(candidate)]?.maskBits ?? null;
}
