import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundleFolder } from '@sim4seg/compute/bundle';
import type { FastifyInstance } from 'fastify';
import { writePhantoms } from '@sim4seg/data';
import { createSim4Seg, encodePng, makePhantom } from 'sim4seg';
import type { ConfigTree, RunRecord, Sim4Seg } from 'sim4seg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainRun } from '../../../packages/sim4seg/src/cli/train-run.js';
import { runCommand } from '../../../packages/sim4seg/test/run-command.js';
import { TOY_SIZES } from '../../../packages/sim4seg/test/untrained-bundle.js';
import { defaultOptions } from '../server/answer-options.js';
import { createDemoServer } from '../server/create-server.js';
import type { AnswerLine, AnswerOptions, AnswerView } from '../server/api-types.js';

const QUESTION = 'Is there a skin lesion in this image? Outline it.';
const SEED = 5;
const TTS = { paths: 1, masks: 3 };

/** Two working plugins of each kind, the first of each pair the base; the rest of a config stays as it is. */
type Swap = Pick<AnswerOptions, 'regionPrior' | 'maskDecoder' | 'selector'>;
const BASE = { regionPrior: 'topCells', maskDecoder: 'sam-skip-decoder', selector: 'predictedIou' };
const SWAPS: Record<string, Swap> = {
  base: BASE,
  regionPrior: { ...BASE, regionPrior: 'threshold' },
  maskDecoder: { ...BASE, maskDecoder: 'sam-decoder' },
  selector: { ...BASE, selector: 'maskConsensus' },
};

/** The plain decoder at the sizes of the toy. */
const TOY_PLAIN_DECODER = {
  use: 'sam-decoder',
  width: 32,
  embeddingSide: 4,
  heads: 2,
  depth: 1,
  mlpWidth: 32,
  iouHeadWidth: 32,
};

/** Enough for the toy to say yes and to outline something of the two pictures that it knows. */
const phase = (change: object) => ({
  name: 'joint',
  steps: 110,
  images: 2,
  conversations: 1,
  prompt: 'seg',
  lr: 0.01,
  warmup: 5,
  wrongTarget: 0,
  augmentation: 'none',
  train: ['imageEncoder', 'lvlm', 'promptEncoder', 'maskDecoder', 'aux'],
  ...change,
});

const treeWith = (parts: ConfigTree, training: object): ConfigTree => ({
  ...TOY_SIZES,
  ...parts,
  seed: 3,
  datasets: [{ use: 'phantoms', kind: 'dermoscopy', n: 2, seed: 1 }],
  training: {
    order: 'segment-first',
    textWeights: { presence: 3, seg: 5, rest: 1, diagnosis: 0, place: 0, size: 0, shape: 0 },
    length: 184,
    checkpointEvery: 1000,
    ...training,
  },
});

describe('another region prior, mask decoder or selector', () => {
  let folder = '';
  let bundle = '';
  let model: Sim4Seg;
  let server: FastifyInstance;

  async function trained(name: string, tree: ConfigTree): Promise<string> {
    const config = join(folder, `${name}.json`);
    await writeFile(config, JSON.stringify(tree));
    const options = { config, out: join(folder, name), set: [] };
    return (await trainRun(options, { observe: () => {}, threaded: false })).bundle;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-swap-'));
    const first = await trained('first', treeWith({}, { phases: [phase({})] }));
    const other: ConfigTree = {
      regionPrior: { use: 'threshold', tokenSide: 4 },
      maskDecoder: TOY_PLAIN_DECODER,
    };
    const keep = [TOY_SIZES['maskDecoder']];
    const phases = [phase({ steps: 3, train: ['maskDecoder'], losses: { text: 0 } })];
    bundle = await trained('second', treeWith(other, { from: first, keep, phases }));
    await writeFile(
      join(folder, 'image.png'),
      await encodePng(makePhantom('dermoscopy', 1, { split: 'train', index: 0 }).picture),
    );
    model = await createSim4Seg({ bundle });
    server = await createDemoServer(model, { webRoot: folder });
  }, 300_000);

  afterAll(async () => {
    await server?.close();
    await model?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('trains, each part by the config alone', async () => {
    const { manifest } = await loadBundleFolder(bundle);
    expect(Object.keys(manifest.parts)).toEqual(
      expect.arrayContaining(['topCells', 'threshold', 'sam-skip-decoder', 'sam-decoder']),
    );
    const { first, then } = manifest.training.config as Record<'first' | 'then', Record<string, { use: string }>>;
    expect([first.regionPrior?.use, first.maskDecoder?.use]).toEqual(['topCells', 'sam-skip-decoder']);
    expect([then.regionPrior?.use, then.maskDecoder?.use]).toEqual(['threshold', 'sam-decoder']);
  });

  const answers: Record<string, RunRecord> = {};

  it.each(Object.entries(SWAPS))('answers in the command and in the demo alike (%s)', async (name, swap) => {
    const command = await diagnosed(name, swap);
    answers[name] = command.record;
    const used = Object.fromEntries(command.record.run.plugins.map(({ part, id }) => [part, id]));
    expect(used).toMatchObject(swap);
    const demo = await asked(swap);
    expect(demo.answer.reasoning).toBe(command.record.reasoning);
    expect(demo.mask).toBe(command.mask);
    const [finding] = command.record.findings;
    expect(demo.answer.findings[0]?.candidates.findIndex(({ chosen }) => chosen)).toBe(finding?.selected);
    const scores = finding?.candidates.map(({ score }) => score) ?? [];
    expect(scores[finding?.selected ?? -1]).toBe(Math.max(...scores));
  });

  it('changes what it stands for', () => {
    const candidates = (name: string) => answers[name]?.findings[0]?.candidates ?? [];
    const predicted = (name: string) => candidates(name).map(({ predictedIou }) => predictedIou);
    const scores = (name: string) => candidates(name).map(({ score }) => score);
    expect(predicted('base')).toHaveLength(3);
    expect(predicted('regionPrior')).not.toEqual(predicted('base'));
    expect(predicted('maskDecoder')).not.toEqual(predicted('base'));
    expect(predicted('selector')).toEqual(predicted('base'));
    expect(scores('selector')).not.toEqual(scores('base'));
  });

  it.each(['predictedIou', 'maskConsensus'])('is evaluated by the trainer with %s', async (selector) => {
    await writePhantoms({ kind: 'dermoscopy', n: 1, seed: 1, split: 'val', out: join(folder, 'cases') });
    const config = await configFile('eval', { selector: { use: selector } });
    const json = join(folder, 'eval.json');
    const args = ['--cases', join(folder, 'cases'), '--bundle', bundle, '--config', config, '--json', json];
    expect(await runCommand('eval', ...args)).toMatchObject({ code: 0, err: '' });
    const report = JSON.parse(await readFile(json, 'utf8')) as { datasets: { n: number }[] };
    expect(report.datasets[0]?.n).toBeGreaterThan(0);
  });

  async function configFile(name: string, tree: ConfigTree): Promise<string> {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, JSON.stringify(tree));
    return file;
  }

  /** What `sim4seg diagnose` writes with a config file. */
  async function diagnosed(name: string, swap: Swap): Promise<{ record: RunRecord; mask: string }> {
    const parts = Object.fromEntries(Object.entries(swap).map(([part, use]) => [part, { use }]));
    const config = await configFile(name, { ...parts, tts: TTS, seed: SEED });
    const out = join(folder, `out-${name}`);
    const args = ['-q', QUESTION, '--bundle', bundle, '--config', config, '--out', out];
    expect(await runCommand('diagnose', join(folder, 'image.png'), ...args)).toMatchObject({ code: 0, err: '' });
    const record = JSON.parse(await readFile(join(out, 'result.json'), 'utf8')) as RunRecord;
    return { record, mask: (await readFile(join(out, 'mask.png'))).toString('base64') };
  }

  /** What the demo answers when the page switches the parts. */
  async function asked(swap: Swap): Promise<{ answer: AnswerView; mask: string }> {
    const upload = await server.inject({
      method: 'POST',
      url: '/api/images',
      headers: { 'content-type': 'application/octet-stream' },
      payload: await readFile(join(folder, 'image.png')),
    });
    const { imageId } = upload.json<{ imageId: string }>();
    const options = { ...defaultOptions(model), ...swap, ...TTS, seed: SEED };
    const body = { imageId, question: QUESTION, options };
    const { payload } = await server.inject({ method: 'POST', url: '/api/answers', payload: body });
    const lines = payload
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AnswerLine);
    const last = lines.at(-1);
    if (last?.type !== 'answer') throw new Error(`no answer: ${JSON.stringify(last)}`);
    const mask = await server.inject({ method: 'GET', url: last.answer.maskUrl ?? '' });
    return { answer: last.answer, mask: mask.rawPayload.toString('base64') };
  }
});
