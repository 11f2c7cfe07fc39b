import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundleFolder } from '@sim4seg/compute/bundle';
import { writePhantoms } from '@sim4seg/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toyConfig, toyPlugins } from '../test/toy-plugins.js';
import type { TrainConfig } from './config/resolve-training.js';
import type { TrainedRow } from './step/trained-table.js';
import type { TrainingEvent } from './run/training-event.js';
import { train } from './train.js';
import type { TrainOptions, TrainResult } from './train.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-train-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = (name: string, options: Partial<TrainOptions> = {}): Promise<TrainResult> =>
  train({
    config: toyConfig,
    plugins: toyPlugins,
    out: join(folder, name),
    baseFolder: folder,
    resume: false,
    threaded: false,
    ...options,
  });

const withTraining = (change: object): TrainConfig => ({
  ...toyConfig,
  training: { ...toyConfig.training, ...change },
});

class Killed extends Error {}

describe('train', () => {
  it('runs all phases, lowers the loss, writes log, curves and a bundle', async () => {
    const events: TrainingEvent[] = [];
    const longer = withTraining({
      phases: [{ ...toyConfig.training.phases[0], steps: 40 }, ...toyConfig.training.phases.slice(1)],
    });
    const { bundle, sha256 } = await run('a', { config: longer, observe: (event) => events.push(event) });
    const losses = events.flatMap((event) =>
      event.type === 'step' && event.phase === 'masks' ? [event.values['loss'] as number] : [],
    );
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-8))).toBeLessThan(mean(losses.slice(0, 8)));
    expect(events.filter(({ type }) => type === 'phase')).toHaveLength(3);
    expect(events.at(-1)).toEqual({ type: 'final', sha256 });
    const { manifest } = await loadBundleFolder(bundle);
    expect(Object.keys(manifest.graphs)).toContain('toy-decoder.run');
    expect(manifest.training.imageSha256).toHaveLength(2);
    expect((await readdir(join(folder, 'a'))).sort()).toEqual([
      'bundle',
      'checkpoints',
      'curves.png',
      'curves.svg',
      'events.out.tfevents.0000000000.sim4seg',
      'log.jsonl',
      'run.json',
    ]);
    const moved = events.flatMap((event) => (event.type === 'trains' && event.phase === 'text' ? event.rows : []));
    expect(moved).toContainEqual({ parameters: 'toy-lvlm.embed', tensors: 1, numbers: 320, trains: true });
    expect(moved).toContainEqual({ parameters: 'toy-encoder.conv.bias', tensors: 1, numbers: 8, trains: false });
    const record = JSON.parse(await readFile(join(folder, 'a', 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({ schemaVersion: 1, seed: 1, sessions: [{ resumedAt: 0 }] });
    expect((await readFile(join(folder, 'a', 'log.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(47);
  });

  it('ends with the same hash twice, and with another one for another seed', async () => {
    const { sha256 } = await run('a');
    expect((await run('b')).sha256).toBe(sha256);
    expect((await run('c', { config: { ...toyConfig, seed: 2 } })).sha256).not.toBe(sha256);
  });

  it('ends with the hash of the uninterrupted run, wherever checkpoint writes are stopped and resumed', async () => {
    const { sha256 } = await run('whole');
    let attempts = 0;
    for (const moment of ['temporary-written', 'before-rename', 'after-rename'] as const) {
      let writes = 0;
      // The first write may repeat the state that was resumed; the second one moves on.
      const onCheckpointMoment = (now: string): void => {
        if (now === moment && ++writes === 2) throw new Killed();
      };
      await expect(run('stopped', { resume: attempts++ > 0, onCheckpointMoment })).rejects.toThrow(Killed);
    }
    expect((await run('stopped', { resume: true })).sha256).toBe(sha256);
  });

  it('resumes a run from the folder of another config only with a coded error', async () => {
    await run('a');
    const other = withTraining({ optimizer: { beta1: 0.8 } });
    await expect(run('a', { resume: true, config: other })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      got: 'other values of training.optimizer.beta1: 0.9 -> 0.8',
    });
    await expect(run('a')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('goes on from an older checkpoint where the newest is damaged', async () => {
    const { sha256 } = await run('a');
    const checkpoints = join(folder, 'a', 'checkpoints');
    const newest = (await readdir(checkpoints)).sort().at(-1) as string;
    await writeFile(join(checkpoints, newest), 'damaged');
    const events: string[] = [];
    expect((await run('a', { resume: true, observe: ({ type }) => events.push(type) })).sha256).toBe(sha256);
    expect(events).toContain('damaged-checkpoint');
  });

  it('stops with step and cases when the loss is no longer finite, and keeps the checkpoint before', async () => {
    const phases = [{ ...toyConfig.training.phases[0], steps: 40, lr: 1e30, warmup: 0 }];
    await expect(run('a', { config: withTraining({ phases, checkpointEvery: 1 }) })).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      message: expect.stringMatching(/step \d+ \(masks\), cases dermoscopy/),
    });
  });

  it('stops with step and cases when the disk is full, and goes on when there is room', async () => {
    const { sha256 } = await run('whole');
    let writes = 0;
    const onCheckpointMoment = (now: string): void => {
      if (now === 'temporary-written' && ++writes === 3) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    await expect(run('a', { onCheckpointMoment })).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringMatching(/after step 6 \(text\), cases dermoscopy-0-\d, .*older checkpoints are intact/),
    });
    expect((await run('a', { resume: true })).sha256).toBe(sha256);
  });

  it('starts from a bundle and keeps what it does not train', async () => {
    const { bundle } = await run('first');
    const phases = [{ ...toyConfig.training.phases[2], steps: 2, train: ['maskDecoder'] }];
    const datasets = [{ use: 'phantoms', kind: 'dermoscopy', n: 3, seed: 5 }];
    const second = await run('second', { config: { ...withTraining({ from: bundle, phases }), datasets } });
    const { manifest } = await loadBundleFolder(second.bundle);
    expect(manifest.training.steps).toBe(13);
    expect(manifest.training.sets).toEqual([{ name: 'phantoms-dermoscopy', images: 5 }]);
    expect(await readFile(join(second.bundle, 'MODEL_CARD.md'), 'utf8')).toContain(
      '| phantoms-dermoscopy | 5 | 2 | 3 |',
    );
  });

  it('refuses a folder that holds no training cases', async () => {
    await writePhantoms({ kind: 'dermoscopy', n: 1, seed: 1, split: 'val', out: join(folder, 'val') });
    const config = { ...toyConfig, datasets: [{ use: 'folder', path: 'val' }] };
    await expect(run('a', { config })).rejects.toMatchObject({
      code: 'SPLIT_FORBIDDEN',
      got: expect.stringMatching(/val/),
    });
  });

  it('trains on tfjs by config alone, as on ONNX Runtime, and names an engine that is not there', async () => {
    const lossesOn = async (name: string, engine: NonNullable<TrainConfig['engine']>): Promise<number[]> => {
      const losses: number[] = [];
      const observe = (event: TrainingEvent): void =>
        void (event.type === 'step' && losses.push(event.values['loss'] as number));
      await run(name, { config: { ...toyConfig, engine }, observe });
      return losses;
    };
    const compiled = await lossesOn('compiled', { use: 'ort', providers: ['cpu'] });
    const eager = await lossesOn('eager', { use: 'tfjs', backend: 'wasm' });
    expect(eager).toHaveLength(compiled.length);
    eager.forEach((loss, i) => expect(loss).toBeCloseTo(compiled[i] as number, 2));
    const absent = { use: 'tfjs', backend: 'tensorflow', module: '@tensorflow/tfjs-node-gpu' } as const;
    await expect(lossesOn('absent', absent)).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
  });

  it('trains only what patterns choose, on top of what parts let be trained', async () => {
    const only = { imageEncoder: [], promptEncoder: [], maskDecoder: ['^iou'] };
    const phases = [{ ...toyConfig.training.phases[0], train: ['imageEncoder', 'promptEncoder', 'maskDecoder'], only }];
    const rows: TrainedRow[] = [];
    const observe = (event: TrainingEvent): void => void (event.type === 'trains' && rows.push(...event.rows));
    await run('a', { config: withTraining({ phases }), observe });
    expect(rows.filter(({ trains }) => trains).map(({ parameters }) => parameters)).toEqual(['toy-decoder.iou.weight']);
  });

  it('trains by the official preset, with gradients over several batches', async () => {
    const training = { preset: 'official', length: 8, phases: [{ steps: 3, warmup: 1, accumulate: 2 }] };
    const events: TrainingEvent[] = [];
    const config = { ...toyConfig, training };
    const { sha256 } = await run('a', { config, observe: (event) => events.push(event) });
    const rates = events.flatMap((event) => (event.type === 'step' ? [event.lr] : []));
    expect(rates[0]).toBe(0);
    expect(rates[2]).toBeCloseTo(3e-4, 12);
    const single = { ...training, phases: [{ ...training.phases[0], accumulate: 1 }] };
    expect((await run('b', { config: { ...toyConfig, training: single } })).sha256).not.toBe(sha256);
  });

  it('averages weights, exports the averages, and resumes them bit for bit', async () => {
    const config = withTraining({ ema: { decay: 0.9 } });
    const [plain, averaged] = [await run('plain'), await run('averaged', { config })];
    expect(averaged.sha256).not.toBe(plain.sha256);
    let writes = 0;
    const onCheckpointMoment = (now: string): void => {
      if (now === 'before-rename' && ++writes === 6) throw new Killed();
    };
    await expect(run('stopped', { config, onCheckpointMoment })).rejects.toThrow(Killed);
    const resumed = await run('stopped', { config, resume: true });
    expect(resumed.sha256).toBe(averaged.sha256);
    const weights = (bundle: string): Promise<Buffer> => readFile(join(bundle, 'weights.safetensors'));
    expect((await weights(resumed.bundle)).equals(await weights(averaged.bundle))).toBe(true);
    expect((await weights(plain.bundle)).equals(await weights(averaged.bundle))).toBe(false);
  });

  it('trains on cached outputs of a frozen encoder as it does without, and computes each once', async () => {
    const phase = { ...toyConfig.training.phases[2], train: ['lvlm', 'maskDecoder'], augmentation: 'none' };
    const losses = async (name: string, cachedFeatures: boolean): Promise<number[]> => {
      const seen: number[] = [];
      const phases = [{ ...phase, ...(cachedFeatures && { cachedFeatures }) }];
      const observe = (event: TrainingEvent): void =>
        void (event.type === 'step' && seen.push(event.values['loss'] as number));
      await run(name, { config: withTraining({ phases, featureCache: 'features' }), observe });
      return seen;
    };
    const plain = await losses('plain', false);
    expect(await readdir(folder)).not.toContain('features');
    const cached = await losses('cached', true);
    cached.forEach((loss, i) => expect(loss).toBeCloseTo(plain[i] as number, 4));
    const [weights] = await readdir(join(folder, 'features'));
    const images = await readdir(join(folder, 'features', weights as string));
    expect(images).toHaveLength(2);
    await writeFile(join(folder, 'features', weights as string, images[0] as string), 'cut');
    expect(await losses('again', true)).toEqual(cached);
    const moving = [{ ...phase, cachedFeatures: true, augmentation: 'full' }];
    await expect(run('b', { config: withTraining({ phases: moving }) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('refuses a second trainer in the run folder', async () => {
    const events: unknown[] = [];
    const observe = (event: TrainingEvent): void => {
      if (event.type === 'started') events.push(run('a', { resume: true }).catch((error: unknown) => error));
    };
    await run('a', { observe });
    expect(await events[0]).toMatchObject({ code: 'USAGE', must: 'A run folder has one trainer at a time' });
  });

  it('stops when it is told to', async () => {
    await expect(run('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
