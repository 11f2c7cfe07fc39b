import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import { invalidLine, parseCaseLine } from './case-record.js';
import type { CaseRecord } from './case-record.js';
import { resolveInside } from './safe-path.js';

/** Longest accepted line; a longer one is not a case. */
const MAX_LINE_CHARS = 1_000_000;

/** A case together with where it lies. */
export interface DatasetCase {
  /** Name of the dataset: the name of its folder. */
  readonly dataset: string;
  /** Line number in `cases.jsonl`, from 1. */
  readonly line: number;
  readonly imagePath: string;
  readonly maskPath: string | null;
  readonly record: CaseRecord;
}

export interface ReadCasesOptions {
  /** Receives the error of a bad line, and reading goes on; without it a bad line throws. */
  readonly onInvalid?: (error: Sim4SegError) => void;
  /** Keeps only cases of this split. */
  readonly split?: string;
}

/**
 * Streams the cases of one dataset in file order; memory does not grow with the size of the images.
 * @param source the dataset's folder or its cases.jsonl
 * @throws CASES_INVALID (bad line, second use of an id; names the line), PATH_OUTSIDE
 */
export async function* streamCases(source: string, options: ReadCasesOptions = {}): AsyncGenerator<DatasetCase> {
  const file = source.endsWith('.jsonl') ? resolve(source) : join(resolve(source), 'cases.jsonl');
  const seen = new Map<string, number>();
  for await (const { text, line } of numberedLines(file)) {
    try {
      const found = await readLine(text, { file, line }, seen);
      if (options.split === undefined || found.record.split === options.split) yield found;
    } catch (error) {
      if (options.onInvalid === undefined || !isSim4SegError(error)) throw error;
      options.onInvalid(error);
    }
  }
}

/** All cases of one dataset. Same errors as {@link streamCases}. */
export async function readCases(source: string, options: ReadCasesOptions = {}): Promise<DatasetCase[]> {
  const cases: DatasetCase[] = [];
  for await (const found of streamCases(source, options)) cases.push(found);
  return cases;
}

async function readLine(
  text: string,
  place: { file: string; line: number },
  seen: Map<string, number>,
): Promise<DatasetCase> {
  const record = parseCaseLine(text, place);
  // Results are stored by id, and some file systems do not tell cases apart.
  const key = record.id.toLowerCase();
  const earlier = seen.get(key);
  if (earlier !== undefined) throw invalidLine(place, `id "${record.id}" was used in line ${earlier} already`);
  seen.set(key, place.line);
  const folder = dirname(place.file);
  return {
    dataset: basename(folder),
    line: place.line,
    imagePath: await resolveInside(folder, record.image),
    maskPath: record.mask ? await resolveInside(folder, record.mask) : null,
    record,
  };
}

async function* numberedLines(file: string): AsyncGenerator<{ text: string; line: number }> {
  let line = 0;
  try {
    const input = createReadStream(file, 'utf8');
    await once(input, 'open');
    for await (const raw of createInterface({ input, crlfDelay: Infinity })) {
      line++;
      const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
      if (text.length > MAX_LINE_CHARS) throw invalidLine({ file, line }, `${text.length} characters in one line`);
      if (text.trim() !== '') yield { text, line };
    }
  } catch (error) {
    throw isSim4SegError(error) ? error : unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): Sim4SegError {
  return new Sim4SegError('CASES_INVALID', {
    must: 'A dataset needs a readable cases.jsonl',
    got: `${file} cannot be read`,
    fix: 'Name a folder that holds cases.jsonl, or the file itself',
    cause,
  });
}
