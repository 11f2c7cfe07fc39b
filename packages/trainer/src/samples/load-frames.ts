import { Sim4SegError } from '@sim4seg/core';
import { loadCase, openDatasets } from '@sim4seg/data';
import type { DatasetCase } from '@sim4seg/data';
import type { TrainingDataset } from '../config/training-schema.js';
import { readFrames, writeFrames } from './frame-file.js';
import { loadPhantomFrames } from './phantom-frames.js';
import { toTrainingFrame } from './training-frame.js';
import type { TrainingFrame } from './training-frame.js';

/** Frames of one configured dataset and how it is drawn from. */
export interface FrameSet {
  readonly weight: number;
  readonly absentShare: number | null;
  readonly present: readonly TrainingFrame[];
  readonly absent: readonly TrainingFrame[];
}

/**
 * Decodes every training case once, or reads back what an earlier start of the run prepared.
 * @throws SPLIT_FORBIDDEN (a folder without cases of split `train`), the codes of reading cases and pictures
 */
export async function loadFrameSets(
  datasets: readonly TrainingDataset[],
  { sidePx, file }: { readonly sidePx: number; readonly file: string | null },
): Promise<FrameSet[]> {
  const key = JSON.stringify([sidePx, datasets.map(({ weight: _weight, absentShare: _share, ...source }) => source)]);
  const kept = file === null ? null : await readFrames(file, key);
  const groups = kept ?? (await prepareAll(datasets, sidePx));
  if (file !== null && kept === null) await writeFrames(file, key, groups);
  return datasets.map(({ weight, absentShare = null }, i) => {
    const frames = groups[i] ?? [];
    const [present, absent] = [frames.filter((frame) => frame.present), frames.filter((frame) => !frame.present)];
    return { weight, absentShare, present, absent };
  });
}

async function prepareAll(datasets: readonly TrainingDataset[], sidePx: number): Promise<TrainingFrame[][]> {
  const groups: TrainingFrame[][] = [];
  for (const dataset of datasets) {
    const isDrawn = dataset.use === 'phantoms';
    groups.push(isDrawn ? loadPhantomFrames(dataset, sidePx) : await loadFolder(dataset.path, sidePx));
  }
  return groups;
}

/** Cases of split `train` that have a mask; val and test never train. */
async function loadFolder(path: string, sidePx: number): Promise<TrainingFrame[]> {
  const frames: TrainingFrame[] = [];
  const otherSplits = new Set<string>();
  for (const dataset of await openDatasets([path])) {
    for await (const found of dataset.stream()) {
      if (found.record.split !== 'train') otherSplits.add(found.record.split);
      else if (found.maskPath !== null) frames.push(await loadFrame(found, sidePx));
    }
  }
  if (frames.length > 0) return frames;
  throw new Sim4SegError('SPLIT_FORBIDDEN', {
    must: 'Training needs cases of split "train" that have a mask',
    got: `${path} has none${otherSplits.size > 0 ? `, only ${[...otherSplits].join(', ')}` : ''}`,
    fix: 'Give a folder with training cases; other splits are for evaluation only',
  });
}

/** Frames of the first cases of each dataset that have a mask, to be looked at only. */
export async function loadEvaluationFrames(
  paths: readonly string[],
  { split, most = Infinity, sidePx }: { split: string; most?: number | undefined; sidePx: number },
): Promise<TrainingFrame[]> {
  const frames: TrainingFrame[] = [];
  for (const dataset of await openDatasets(paths)) {
    let asked = 0;
    for await (const found of dataset.stream({ split })) {
      if (++asked > most) break;
      if (found.maskPath !== null) frames.push(await loadFrame(found, sidePx));
    }
  }
  return frames;
}

async function loadFrame(found: DatasetCase, sidePx: number): Promise<TrainingFrame> {
  const { image, mask } = await loadCase(found);
  const { record, dataset } = found;
  if (mask === null) throw new Error(`case ${record.id} lost its mask`);
  return toTrainingFrame(
    { dataset, id: record.id, subject: record, diagnosis: record.diagnosis ?? null, image, mask },
    sidePx,
  );
}
