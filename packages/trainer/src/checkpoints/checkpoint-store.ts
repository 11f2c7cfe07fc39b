import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError, isSim4SegError } from '@sim4seg/core';
import type { TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import type { WriteAtomicOptions } from '@sim4seg/compute/node';
import { checkpointSha256 } from './checkpoint.js';
import type { Checkpoint, Counters } from './checkpoint.js';

const CHECKPOINT_SCHEMA_VERSION = 1;
const FILE_NAME = /^step-(\d{8})\.safetensors$/;

export interface CheckpointStoreOptions {
  readonly folder: string;
  /** How many of the newest stay. */
  readonly keep: number;
  /** Hears how far each write has come; see compute's `writeFileAtomic`. */
  readonly onMoment?: WriteAtomicOptions['onMoment'];
}

/** Checkpoints of one run, one file each: written aside, synced, renamed, so that a file of that name is whole. */
export interface CheckpointStore {
  /** Writes a checkpoint and removes those beyond the newest `keep`. @throws DISK_FULL, WRITE_FAILED */
  save(checkpoint: Checkpoint): Promise<string>;
  /**
   * The newest intact checkpoint, or null where there is none; damaged ones are reported and skipped.
   * @throws CHECKPOINT_MISMATCH (another config or architecture), CHECKPOINT_DAMAGED (there are some, none is intact)
   */
  newest(configHash: (phase: number) => string, onDamaged: (error: Sim4SegError) => void): Promise<Checkpoint | null>;
}

export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  return { save: (checkpoint) => save(options, checkpoint), newest: (hash, report) => newest(options, hash, report) };
}

async function save({ folder, keep, onMoment }: CheckpointStoreOptions, checkpoint: Checkpoint): Promise<string> {
  await mkdir(folder, { recursive: true });
  const sha256 = checkpointSha256(checkpoint);
  const path = join(folder, `step-${String(checkpoint.counters.total).padStart(8, '0')}.safetensors`);
  const { counters, configHash } = checkpoint;
  const about = JSON.stringify({ schemaVersion: CHECKPOINT_SCHEMA_VERSION, counters, configHash, sha256 });
  await writeSafetensorsFile(path, checkpoint.state, {
    metadata: { checkpoint: about },
    ...(onMoment ? { onMoment } : {}),
  });
  const names = await checkpointNames(folder);
  for (const old of names.slice(0, -keep)) await rm(join(folder, old), { force: true });
  return sha256;
}

/** Names of checkpoint files, oldest first; leftovers of interrupted writes are removed. */
async function checkpointNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.endsWith('.tmp'))) await rm(join(folder, name), { force: true });
  return names.filter((name) => FILE_NAME.test(name)).sort();
}

async function newest(
  { folder }: CheckpointStoreOptions,
  configHash: (phase: number) => string,
  onDamaged: (error: Sim4SegError) => void,
): Promise<Checkpoint | null> {
  const names = (await checkpointNames(folder)).reverse();
  let damage: Sim4SegError | null = null;
  for (const name of names) {
    try {
      return await load(join(folder, name), configHash);
    } catch (error) {
      if (!isSim4SegError(error) || error.code !== 'CHECKPOINT_DAMAGED') throw error;
      damage = error;
      onDamaged(error);
    }
  }
  if (damage) throw damage;
  return null;
}

async function load(path: string, configHash: (phase: number) => string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensorsFile(path).catch((cause: unknown) => {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const about = parseAbout(path, metadata['checkpoint']);
  const checkpoint: Checkpoint = {
    counters: about.counters,
    configHash: about.configHash,
    state: { ...tensors } as Readonly<Record<string, TensorValue>>,
  };
  if (checkpointSha256(checkpoint) !== about.sha256) throw damaged(path, 'other content than its hash says');
  const own = configHash(about.counters.phase);
  if (about.configHash === own) return checkpoint;
  throw new Sim4SegError('CHECKPOINT_MISMATCH', {
    must: 'A run resumes only from a checkpoint of the same config and architecture',
    got: `${path} of config ${about.configHash}, this run is ${own}`,
    fix: 'Resume with the config it was started with, or start a new run in another folder',
  });
}

interface About {
  readonly schemaVersion: number;
  readonly counters: Counters;
  readonly configHash: string;
  readonly sha256: string;
}

function parseAbout(path: string, text: string | undefined): About {
  try {
    const about = JSON.parse(text ?? '') as About;
    if (about.schemaVersion === CHECKPOINT_SCHEMA_VERSION) return about;
  } catch (cause) {
    throw damaged(path, 'no readable description', cause);
  }
  throw damaged(path, 'a description of an unknown version');
}

function damaged(path: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('CHECKPOINT_DAMAGED', {
    must: `The checkpoint ${path} must be whole`,
    got,
    fix: 'An older intact checkpoint is used where there is one; otherwise start the run anew',
    cause,
  });
}
