import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError, parseRunRecord } from '@sim4seg/core';
import type { ConfigTree, RunRecord } from '@sim4seg/core';
import { readImage } from '@sim4seg/data';
import { compareRecords } from '../output/compare-records.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import { interruptSignal } from './interrupt.js';
import { printAnnouncement } from './print-announcement.js';

interface ReplayOptions {
  readonly image: string;
  readonly bundle?: string;
}

/** `sim4seg replay`. @throws RECORD_INVALID, REPLAY_MISMATCH, and what answering throws */
export async function replayCommand(path: string, options: ReplayOptions): Promise<void> {
  const record = await readRecord(path);
  const image = await readImage(options.image);
  expectSame('image', image.sha256, record.run.input.sha256, 'give the image that the answer was about');
  await using model = await createSim4Seg(configOf(record, options.bundle), { onAnnounce: printAnnouncement });
  expectSame('bundle', model.bundle.sha256, record.run.bundle.sha256, 'give the bundle that answered, with --bundle');
  const { question, seed, tts, input } = record.run;
  const asked = { image, name: input.name, question, seed, tts, signal: interruptSignal() };
  const again = await model.diagnose(asked).result();
  const differences = compareRecords(record, again.record);
  if (differences.length > 0)
    throw mismatch('answer', differences.join('; '), 'use the same versions of sim4seg and ONNX Runtime');
  process.stdout.write('replayed: text and masks are equal\n');
}

async function readRecord(path: string): Promise<RunRecord> {
  const found = await stat(path).catch(() => null);
  const file = found?.isDirectory() ? join(path, 'result.json') : path;
  try {
    return parseRunRecord(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'RECORD_INVALID') throw cause;
    throw new Sim4SegError('RECORD_INVALID', {
      must: 'A run record is the result.json of an answer, or its folder',
      got: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'check the path',
      cause,
    });
  }
}

/** The config of the record; another place of the bundle is a matter of the machine, its hash decides. */
function configOf({ run }: RunRecord, bundle: string | undefined): ConfigTree {
  const { training: _training, ...config } = run.config as ConfigTree;
  return { ...config, ...(bundle === undefined ? {} : { bundle }) };
}

function expectSame(what: string, got: string, recorded: string, fix: string): void {
  if (got !== recorded)
    throw mismatch(what, `sha256 ${got.slice(0, 12)}... instead of ${recorded.slice(0, 12)}...`, fix);
}

function mismatch(what: string, got: string, fix: string): Sim4SegError {
  return new Sim4SegError('REPLAY_MISMATCH', { must: `The ${what} must be that of the record`, got, fix });
}
