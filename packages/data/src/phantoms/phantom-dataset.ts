import { Sim4SegError } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import { encodeMaskPng, encodePng } from '../encode-png.js';
import { makePhantom } from './make-phantom.js';
import type { Phantom, PhantomKind, PhantomSplit } from './phantom.js';
import { phantomCases } from './phantom-cases.js';

export interface PhantomSetOptions {
  readonly kind: PhantomKind;
  readonly n: number;
  readonly seed: number;
  readonly split: PhantomSplit;
  readonly widthPx: number;
}

/** File name of a phantom's picture without its ending; also the beginning of its case ids. */
export function phantomName({ kind, split, seed }: Omit<PhantomSetOptions, 'n' | 'widthPx'>, index: number): string {
  return `${kind}_${split}_${seed}_${String(index).padStart(4, '0')}`;
}

/** Phantoms as a dataset that is drawn when it is read; nothing is written. */
export function createPhantomDataset(options: PhantomSetOptions): Dataset {
  const draw = lastDrawn(options);
  return {
    name: `phantoms-${options.kind}`,
    async *cases(): AsyncGenerator<CaseRecord> {
      for (let index = 0; index < options.n; index++) {
        for (const { record } of phantomCases(draw(index), phantomName(options, index))) yield record;
      }
    },
    async read(path) {
      const index = Number(/_(\d{4,})(?:_[^/]*)?\.png$/.exec(path)?.[1] ?? NaN);
      if (!(index < options.n)) throw unknownFile(path, options);
      const phantom = draw(index);
      const name = phantomName(options, index);
      if (path === `images/${name}.png`) return encodePng(phantom.picture);
      const found = phantomCases(phantom, name).find(({ record }) => record.mask === path);
      if (found === undefined) throw unknownFile(path, options);
      return encodeMaskPng(found.target.mask);
    },
  };
}

/** Image and mask of one phantom are usually read one after the other: the last one is kept. */
function lastDrawn({ kind, seed, split, widthPx }: PhantomSetOptions): (index: number) => Phantom {
  let last: { index: number; phantom: Phantom } | null = null;
  return (index) => {
    if (last?.index !== index) last = { index, phantom: makePhantom(kind, seed, { split, index, widthPx }) };
    return last.phantom;
  };
}

function unknownFile(path: string, { kind, n, seed }: PhantomSetOptions): Sim4SegError {
  return new Sim4SegError('IMAGE_UNREADABLE', {
    must: 'A file of a phantom dataset must be one that its cases name',
    got: `"${path}" in ${n} ${kind} phantoms of seed ${seed}`,
    fix: 'Take the paths from the cases of this dataset',
  });
}
