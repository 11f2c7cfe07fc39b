import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyMask } from '@sim4seg/core';
import { loadBundleFolder } from '@sim4seg/compute/bundle';
import { writePhantoms } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toyConfig, toyPlugins } from '../test/toy-plugins.js';
import type { TrainingEvent } from './run/training-event.js';
import type { OpenProduct } from './evaluate/evaluation-rounds.js';
import { readOutcomes } from './evaluate/outcome-file.js';
import { train } from './train.js';
import type { TrainOptions, TrainResult } from './train.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-rounds-'));
  await writePhantoms({ kind: 'dermoscopy', n: 3, seed: 1, split: 'val', out: join(folder, 'val') });
});
afterAll(() => rm(folder, { recursive: true }));

class Killed extends Error {}

const config = {
  ...toyConfig,
  training: {
    ...toyConfig.training,
    phases: [{ ...toyConfig.training.phases[2], steps: 12 }],
    checkpointEvery: 100,
    evaluation: { every: 2, cases: ['val'], most: 2, monitor: 'presence', patience: 2, pictures: 2 },
  },
};

/** Says "present" with a certain share of the cases, which falls after the second evaluation. */
function product(): { opened: string[]; open: (bundle: string) => Promise<OpenProduct> } {
  const opened: string[] = [];
  const open = async (bundle: string): Promise<OpenProduct> => {
    await loadBundleFolder(bundle);
    opened.push(bundle);
    return {
      answer: async ({ image: { widthPx, heightPx, sha256: frameId } }) => ({
        presence: opened.length === 2 ? 'present' : 'absent',
        ...{ diagnosis: null, confidence: 0.5, text: 'Yes.', segCount: 1 },
        maskBits: emptyMask({ widthPx, heightPx, frameId }),
      }),
      close: async () => {},
    };
  };
  return { opened, open };
}

const run = (name: string, options: Partial<TrainOptions>): Promise<TrainResult> =>
  train({
    ...{ config, plugins: toyPlugins, baseFolder: folder, resume: false, threaded: false },
    out: join(folder, name),
    ...options,
  });

it('evaluates through the product, keeps the best bundle and stops early', async () => {
  const { opened, open } = product();
  const events: TrainingEvent[] = [];
  await run('a', { openProduct: open, observe: (event) => events.push(event) });
  const judged = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
  expect(judged.map(({ total, judged: { best } }) => [total, best])).toEqual([
    [2, true],
    [4, true],
    [6, false],
    [8, false],
  ]);
  expect(opened).toHaveLength(4);
  expect(judged[1]?.judged.freeRunning.presence).toBeGreaterThan(judged[0]?.judged.freeRunning.presence ?? 100);
  expect(Object.keys(judged[0]?.judged.teacherForced ?? {})).toEqual(['softIou', 'text']);
  expect(events).toContainEqual({ type: 'stopped-early', phase: 'joint', total: 8 });
  await loadBundleFolder(join(folder, 'a', 'best'));
  expect(await readdir(join(folder, 'a', 'samples'))).toHaveLength(4);
  expect(readOutcomes(join(folder, 'a', 'outcomes.jsonl'))).toMatchObject({ identity: 'step 4' });
  expect(await readdir(join(folder, 'a', 'checkpoints'))).toContain('step-00000008.safetensors');
});

it('resumes with the same decisions and the same hash', async () => {
  const whole = await run('whole', { openProduct: product().open });
  const { opened, open } = product();
  let writes = 0;
  const onCheckpointMoment = (now: string): void => {
    if (now === 'before-rename' && ++writes === 3) throw new Killed();
  };
  await expect(run('stopped', { openProduct: open, onCheckpointMoment })).rejects.toThrow(Killed);
  const resumed = await run('stopped', { openProduct: open, resume: true });
  expect(resumed.sha256).toBe(whole.sha256);
  expect(opened).toHaveLength(5);
  const lines = (name: string): Promise<string> => readFile(join(folder, name, 'evaluations.jsonl'), 'utf8');
  expect(await lines('stopped')).toBe(await lines('whole'));
});

it('says that it cannot evaluate without a product', async () => {
  await expect(run('without', {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
