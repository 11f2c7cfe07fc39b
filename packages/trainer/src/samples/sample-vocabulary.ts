import { wrongTargetsFor } from '@sim4seg/data';
import type { FrameSet } from './load-frames.js';
import type { TrainingFrame } from './training-frame.js';

/** Targets and diagnoses that occur in training, in a fixed order; rows of the trainer's own tables. */
export interface SampleVocabulary {
  readonly targets: readonly string[];
  readonly diagnoses: readonly string[];
}

/** What a run knows about its data once it is loaded. */
export interface DataSummary {
  readonly vocabulary: SampleVocabulary;
  readonly frames: number;
  /** sha256 of every training image, sorted, each once. */
  readonly imageSha256: readonly string[];
  /** By dataset. */
  readonly sets: readonly DataSet[];
}

/** The images of one dataset that a run trains on: sha256, sorted, each once. */
export interface DataSet {
  readonly name: string;
  readonly imageSha256: readonly string[];
}

/** Collects targets (also wrong ones that may be asked for), diagnoses and image hashes of all frames. */
export function summariseFrames(sets: readonly FrameSet[]): DataSummary {
  const frames = sets.flatMap(({ present, absent }) => [...present, ...absent]);
  const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
  const targets = frames.flatMap(({ subject }) => [subject.target, ...wrongTargetsFor(subject)]);
  const diagnoses = frames.flatMap(({ diagnosis }) => (diagnosis === null ? [] : [diagnosis]));
  return {
    vocabulary: { targets: sorted(targets), diagnoses: sorted(diagnoses) },
    frames: frames.length,
    imageSha256: sorted(frames.map(({ imageSha256 }) => imageSha256)),
    sets: sorted(frames.map(({ dataset }) => dataset)).map((name) => ({ name, imageSha256: imagesOf(frames, name) })),
  };
}

function imagesOf(frames: readonly TrainingFrame[], name: string): string[] {
  const own = frames.filter(({ dataset }) => dataset === name);
  return [...new Set(own.map(({ imageSha256 }) => imageSha256))].sort();
}
