import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError, toSim4SegError } from '@sim4seg/core';

/** Where a run keeps its things. */
export interface RunFolder {
  readonly root: string;
  readonly checkpoints: string;
  readonly bundle: string;
  /** Bundle of the best evaluation so far. */
  readonly best: string;
  readonly log: string;
  /** Config, code and surroundings of the run. */
  readonly record: string;
  /** One line an evaluation. */
  readonly evaluations: string;
  /** What each case gave in the best evaluation; `sim4seg compare` reads it. */
  readonly outcomes: string;
  /** Pictures of sample predictions. */
  readonly samples: string;
  /** Curves of log and evaluations, without extension: a PNG and an SVG. */
  readonly curves: string;
  /** Outputs of frozen encoders; removed at the end. */
  readonly features: string;
  /** Held by the process that trains. */
  readonly lock: string;
  /** Prepared images of the run, so that resuming starts at once and on the same pixels; removed at its end. */
  readonly frames: string;
}

/**
 * Opens the folder of a run. A run never starts over in a folder that holds something.
 * @throws USAGE (not empty and not resuming), WRITE_FAILED
 */
export async function openRunFolder(root: string, { resume }: { resume: boolean }): Promise<RunFolder> {
  await mkdir(root, { recursive: true }).catch((cause: unknown) => {
    throw toSim4SegError(cause, 'WRITE_FAILED', { must: `${root} must be a folder`, fix: 'Choose another --out' });
  });
  const names = await readdir(root);
  if (names.length > 0 && !resume) {
    throw new Sim4SegError('USAGE', {
      must: 'A new run needs an empty folder',
      got: `${root} holds ${names.slice(0, 3).join(', ')}`,
      fix: 'Add --resume to go on with that run, or choose another --out',
    });
  }
  return {
    root,
    checkpoints: join(root, 'checkpoints'),
    bundle: join(root, 'bundle'),
    best: join(root, 'best'),
    log: join(root, 'log.jsonl'),
    record: join(root, 'run.json'),
    evaluations: join(root, 'evaluations.jsonl'),
    outcomes: join(root, 'outcomes.jsonl'),
    samples: join(root, 'samples'),
    curves: join(root, 'curves'),
    features: join(root, 'features'),
    lock: join(root, 'lock'),
    frames: join(root, 'frames.bin'),
  };
}
