import { join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { contactSheet } from '../contact-sheet.js';
import { encodeMaskPng, encodePng } from '../encode-png.js';
import { writeFileAtomically } from '../write-file.js';
import { makePhantom } from './make-phantom.js';
import type { Phantom, PhantomKind, PhantomSplit } from './phantom.js';
import { phantomCases } from './phantom-cases.js';
import { phantomName } from './phantom-dataset.js';

export interface WritePhantomsOptions {
  readonly kind: PhantomKind;
  /** Number of pictures; a picture may give several cases. */
  readonly n: number;
  readonly seed: number;
  readonly split: PhantomSplit;
  /** Folder of the dataset; made if it is not there. */
  readonly out: string;
  readonly widthPx?: number;
  readonly signal?: AbortSignal;
  /** Called after each picture. */
  readonly onProgress?: (done: number) => void;
}

/** Pictures on the contact sheet at most. */
const SHEET_MAX = 48;

/**
 * Writes phantoms as a case folder (`images/`, `masks/`, `cases.jsonl`) with a contact sheet `sheet.png`. The list of
 * cases is written last, so that a folder that was cut off is not taken for a dataset.
 * @returns number of cases
 * @throws WRITE_FAILED, DISK_FULL, ABORTED
 */
export async function writePhantoms(options: WritePhantomsOptions): Promise<number> {
  const { kind, n, seed, split, out } = options;
  const lines: string[] = [];
  const shown: Phantom[] = [];
  for (let index = 0; index < n; index++) {
    expectGoingOn(options.signal);
    const phantom = makePhantom(kind, seed, { split, index, ...(options.widthPx && { widthPx: options.widthPx }) });
    const name = phantomName({ kind, split, seed }, index);
    await writeFileAtomically(join(out, 'images', `${name}.png`), await encodePng(phantom.picture));
    for (const { record, target } of phantomCases(phantom, name)) {
      await writeFileAtomically(join(out, record.mask ?? ''), await encodeMaskPng(target.mask));
      lines.push(JSON.stringify(record));
    }
    if (shown.length < SHEET_MAX) shown.push(phantom);
    options.onProgress?.(index + 1);
  }
  await writeFileAtomically(join(out, 'sheet.png'), await drawSheet(shown));
  await writeFileAtomically(
    join(out, 'cases.jsonl'),
    new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')),
  );
  return lines.length;
}

/** Draws phantoms on a contact sheet with what they show under each. */
export async function drawSheet(phantoms: readonly Phantom[]): Promise<Uint8Array> {
  const labels = phantoms.map(({ targets }) => {
    const present = targets.filter((target) => target.present);
    return present.map(({ target, diagnosis }) => diagnosis ?? target).join(' + ') || 'nothing to find';
  });
  return contactSheet(
    phantoms.map(({ picture }) => picture),
    labels,
    { columns: 6, cellPx: 200 },
  );
}

function expectGoingOn(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new Sim4SegError('ABORTED', {
    must: 'Writing phantoms goes on until all are there',
    got: 'a request to stop',
    fix: 'Start again; the same seed gives the same phantoms',
    cause: signal.reason,
  });
}
