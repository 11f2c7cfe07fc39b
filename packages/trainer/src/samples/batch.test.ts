import { createRandom } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { resolveTraining } from '../config/resolve-training.js';
import { makeBatch } from './batch.js';
import type { BatchMaterial } from './batch.js';
import { nextPlace, prefetching } from './batch-source.js';
import type { FrameSet } from './load-frames.js';
import { summariseFrames } from './sample-vocabulary.js';
import { toTrainingFrame } from './training-frame.js';
import type { TrainingFrame } from './training-frame.js';

const SIDE = 32;

function frame(index: number, { present, diagnosis }: { present: boolean; diagnosis: string | null }): TrainingFrame {
  const random = createRandom(index);
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.int(0, 256));
  const maskBits = Uint8Array.from({ length: 40 * 30 }, (_, i) => (present && i % 40 > 20 && i > 400 ? 1 : 0));
  const subject = { modality: 'ultrasound', anatomy: 'breast', target: 'breast lesion' };
  const nothing = {
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
  };
  const image = {
    ...nothing,
    dtype: 'uint8',
    data,
    widthPx: 40,
    heightPx: 30,
    channels: 3,
    sha256: `s${index}`,
  } as const;
  const mask = { maskBits, widthPx: 40, heightPx: 30 };
  return toTrainingFrame({ dataset: 'toy', id: `c${index}`, subject, diagnosis, image, mask }, SIDE);
}

const sets: FrameSet[] = [
  {
    weight: 3,
    absentShare: 0.5,
    present: [0, 1, 2].map((i) => frame(i, { present: true, diagnosis: 'benign breast lesion' })),
    absent: [frame(9, { present: false, diagnosis: 'normal (no lesion)' })],
  },
  { weight: 1, absentShare: null, present: [frame(20, { present: true, diagnosis: null })], absent: [] },
];

const { training } = resolveTraining({
  datasets: [{ use: 'phantoms', kind: 'dermoscopy', n: 1 }],
  training: {
    phases: [
      { name: 'masks', steps: 3, images: 8, prompt: 'target', lr: 1e-3, train: ['maskDecoder'] },
      {
        name: 'text',
        steps: 2,
        images: 4,
        conversations: 2,
        prompt: 'none',
        lr: 1e-3,
        train: ['lvlm'],
        wrongTarget: 0,
      },
    ],
  },
});
const { vocabulary } = summariseFrames(sets);
const material: BatchMaterial = {
  sets,
  vocabulary,
  frames: [
    { sidePx: SIDE, gridSide: 4 },
    { sidePx: SIDE, gridSide: 4 },
  ],
  seed: 5,
  training,
};

describe('batches', () => {
  it('are a function of seed and place alone', () => {
    const first = makeBatch(material, { phase: 0, step: 1 });
    makeBatch(material, { phase: 1, step: 0 });
    expect(makeBatch(material, { phase: 0, step: 1 })).toEqual(first);
    expect(makeBatch(material, { phase: 0, step: 2 }).image).not.toEqual(first.image);
    expect(makeBatch({ ...material, seed: 6 }, { phase: 0, step: 1 }).image).not.toEqual(first.image);
  });

  it('keep the shares of the sets in every batch', () => {
    for (let step = 0; step < 20; step++) {
      const { caseIds } = makeBatch(material, { phase: 0, step });
      expect(caseIds.filter((id) => id === 'c20')).toHaveLength(2);
    }
  });

  it('have an empty mask exactly where the target is not there', () => {
    for (let step = 0; step < 10; step++) {
      const { present, maskTarget, targetIds } = makeBatch(material, { phase: 0, step });
      present.forEach((there, i) => {
        const area = maskTarget.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE).reduce((sum, share) => sum + share, 0);
        expect(area > 0).toBe(there === 1);
        if (there) expect(vocabulary.targets[targetIds[i] as number]).toBe('breast lesion');
      });
    }
  });

  it('speak of what the first question asks: [SEG] in the answer exactly where it is there', () => {
    for (let step = 0; step < 10; step++) {
      const { conversations, present } = makeBatch(material, { phase: 1, step });
      conversations.forEach(([first, second], i) => {
        expect(first?.answer.includes('[SEG]')).toBe(present[i] === 1);
        expect(second).toBeDefined();
      });
    }
  });

  it('do not count padding as content', () => {
    const { contentMask } = makeBatch(material, { phase: 0, step: 0 });
    expect([...contentMask.subarray(0, 16)]).toEqual([...Array(12).fill(1), ...Array(4).fill(0)]);
  });
});

describe('training frames', () => {
  it('keep the area of the mask and leave the padding empty', () => {
    const made = frame(1, { present: true, diagnosis: null });
    const area = made.mask.reduce((sum, value) => sum + value, 0) / 255;
    const original = Array.from({ length: 1200 }, (_, i) => (i % 40 > 20 && i > 400 ? 1 : 0)).filter(Boolean).length;
    expect(area / (32 * 24)).toBeCloseTo(original / 1200, 2);
    expect(made.pixels.subarray(24 * 32, 32 * 32).every((value) => value === 0)).toBe(true);
  });
});

describe('prefetching', () => {
  it('gives the same batches in order and after a jump, each made once', async () => {
    const made: string[] = [];
    const source = {
      summary: summariseFrames(sets),
      close: async () => {},
      get: async (place: { phase: number; step: number }) => {
        made.push(`${place.phase}:${place.step}`);
        return makeBatch(material, place);
      },
    };
    const ahead = prefetching(source, training.phases);
    for (const place of [
      { phase: 0, step: 1 },
      { phase: 0, step: 2 },
      { phase: 1, step: 0 },
    ]) {
      expect(await ahead.get(place)).toEqual(makeBatch(material, place));
    }
    expect(made).toEqual(['0:1', '0:2', '1:0', '1:1']);
    expect(nextPlace({ phase: 1, step: 1 }, training.phases)).toBeNull();
  });
});
