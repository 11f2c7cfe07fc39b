import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maskToBytes, toRgbU8 } from '@sim4seg/core';
import type { MaskBits, MedicalImage } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { contactSheet } from '@sim4seg/data';
import type { Picture } from '@sim4seg/data';
import type { CaseAnswer } from './case-outcome.js';
import type { CaseQuestion } from './evaluate.js';

type Answer = (question: CaseQuestion) => Promise<CaseAnswer>;

/** Keeps the first answers of an evaluation as pictures. */
export interface SamplePictures {
  watch(answer: Answer): Answer;
  /** Writes `step-<total>.png`; nothing where nothing was answered. */
  write(folder: string, total: number): Promise<void>;
}

const COLUMNS = 3;

export function createSamplePictures(most: number): SamplePictures {
  const pictures: Picture[] = [];
  const labels: string[] = [];
  return {
    watch: (answer) => async (question) => {
      const said = await answer(question);
      if (pictures.length < most) {
        pictures.push(painted(question.image, said.maskBits));
        labels.push(`${question.target}: ${said.presence}, ${said.diagnosis ?? 'unparsed'}`);
      }
      return said;
    },
    write: async (folder, total) => {
      if (pictures.length === 0) return;
      await mkdir(folder, { recursive: true });
      const sheet = await contactSheet(pictures, labels, { columns: COLUMNS });
      await writeFileAtomic(join(folder, `step-${String(total).padStart(8, '0')}.png`), sheet);
    },
  };
}

/** The image with what lies in the mask tinted green. */
function painted(image: MedicalImage, mask: MaskBits | null): Picture {
  const { data, widthPx, heightPx } = toRgbU8(image);
  const out = new Uint8Array(data);
  const inside = mask ? maskToBytes(mask, 1) : new Uint8Array(0);
  inside.forEach((bit, i) => {
    if (bit) out.set([out[3 * i]! >> 1, 128 + (out[3 * i + 1]! >> 1), out[3 * i + 2]! >> 1], 3 * i);
  });
  return { data: out, widthPx, heightPx, channels: 3 };
}
