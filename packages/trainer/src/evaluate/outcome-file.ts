import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { guardedWrite } from '../run/guarded-write.js';
import type { CaseOutcome } from './case-outcome.js';

/** One answered case: what was scored of it, and its line of `predictions.jsonl`. */
export interface DoneCase {
  readonly dataset: string;
  readonly id: string;
  readonly outcomes: readonly CaseOutcome[];
  readonly line: string;
}

/** Outcomes of an evaluation, a line a case, so that one that broke off goes on. */
export interface OutcomeFile {
  find(dataset: string, id: string): DoneCase | undefined;
  /** @throws DISK_FULL, WRITE_FAILED */
  add(done: DoneCase): void;
}

interface Head {
  readonly schemaVersion: 1;
  /** What answered and what was asked; outcomes of another model are not mixed in. */
  readonly identity: string;
}

/**
 * Opens `outcomes.jsonl`: begins anew, or with `resume` goes on with what it holds.
 * @throws USAGE where it was written by another model or with other options
 */
export function openOutcomes(path: string, { identity, resume }: { identity: string; resume: boolean }): OutcomeFile {
  const stored = resume && existsSync(path) ? readOutcomes(path) : null;
  if (stored && stored.identity !== identity) {
    throw new Sim4SegError('USAGE', {
      must: 'An evaluation goes on with the model and the options that it was begun with',
      got: `${path} of ${stored.identity}, this is ${identity}`,
      fix: 'Leave --resume out, or choose another --save',
    });
  }
  const known = new Map((stored?.cases ?? []).map((done) => [keyOf(done), done]));
  const head: Head = { schemaVersion: 1, identity };
  const lines = [head, ...known.values()].map((line) => `${JSON.stringify(line)}\n`);
  mkdirSync(dirname(path), { recursive: true });
  guardedWrite(path, () => writeFileSync(path, lines.join('')));
  return {
    find: (dataset, id) => known.get(keyOf({ dataset, id })),
    add: (done) => guardedWrite(path, () => appendFileSync(path, `${JSON.stringify(done)}\n`)),
  };
}

/** Reads `outcomes.jsonl`; a last line that was cut off is left out. @throws CASES_INVALID */
export function readOutcomes(path: string): { readonly identity: string; readonly cases: readonly DoneCase[] } {
  const [head, ...cases] = readFileSync(path, 'utf8').split('\n').flatMap(parsedLine);
  const { schemaVersion, identity } = (head ?? {}) as Partial<Head>;
  if (schemaVersion === 1 && identity !== undefined) return { identity, cases: cases as DoneCase[] };
  throw new Sim4SegError('CASES_INVALID', {
    must: `${path} must begin as sim4seg eval writes it`,
    got: `schemaVersion ${String(schemaVersion)}`,
    fix: 'Evaluate again with --save',
  });
}

function parsedLine(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}

const keyOf = ({ dataset, id }: { dataset: string; id: string }): string => JSON.stringify([dataset, id]);
