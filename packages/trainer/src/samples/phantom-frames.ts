import { createHash } from 'node:crypto';
import type { MedicalImage } from '@sim4seg/core';
import { makePhantom } from '@sim4seg/data';
import type { Phantom } from '@sim4seg/data';
import type { TrainingDataset } from '../config/training-schema.js';
import { toTrainingFrame } from './training-frame.js';
import type { TrainingFrame } from './training-frame.js';

type PhantomSet = Extract<TrainingDataset, { use: 'phantoms' }>;

/** Draws the phantoms of a set; each thing that can be asked of a picture is a frame of its own. */
export function loadPhantomFrames({ kind, n, seed }: PhantomSet, sidePx: number): TrainingFrame[] {
  const frames: TrainingFrame[] = [];
  for (let i = 0; i < n; i++) {
    const phantom = makePhantom(kind, seed, { split: 'train', index: i });
    const image = toMedicalImage(phantom);
    for (const { present: _present, diagnosis, mask, ...subject } of phantom.targets) {
      const id = `${kind}-${seed}-${i}`;
      frames.push(toTrainingFrame({ dataset: `phantoms-${kind}`, id, subject, diagnosis, image, mask }, sidePx));
    }
  }
  return frames;
}

function toMedicalImage({ picture }: Phantom): MedicalImage {
  const sha256 = createHash('sha256').update(picture.data).digest('hex');
  const nothing = {
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
  };
  return { ...picture, ...nothing, dtype: 'uint8', sha256 };
}
