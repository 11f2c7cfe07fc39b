import type { CaseMark } from './finding.js';
import { isNear } from './thumbprint.js';
import type { Thumbprint } from './thumbprint.js';

/** What a case says of a picture about one target. */
export interface Claim {
  readonly by: CaseMark;
  readonly diagnosis: string | null;
  /** Whether the mask shows anything; null without a mask. */
  readonly drawn: boolean | null;
}

/** A case of a picture; cases with equal `pixels` show exactly the same. */
export interface Copy {
  readonly by: CaseMark;
  readonly pixels: string;
}

/** Everything that is known of one picture and of its near copies. */
export interface PictureRecord {
  readonly print: Thumbprint;
  /** The first case of each split. */
  readonly bySplit: Map<string, Copy>;
  /** The first claim about each target. */
  readonly byTarget: Map<string, Claim>;
}

/** Finds the record of a picture that was seen before, exactly or nearly, or makes one. */
export interface CopyIndex {
  find(pixels: string, print: Thumbprint): PictureRecord;
}

/**
 * Keeps a print for each different picture. Near copies share one of the eight bytes of their print, so that only those
 * are compared which share one.
 */
export function createCopyIndex(): CopyIndex {
  const exact = new Map<string, PictureRecord>();
  const near = new Map<number, PictureRecord[]>();
  const keysOf = ({ bands }: Thumbprint): number[] => Array.from(bands, (band, i) => i * 256 + band);
  return {
    find(pixels, print) {
      const keys = keysOf(print);
      const known = exact.get(pixels) ?? findNear(near, keys, print);
      const record = known ?? { print, bySplit: new Map(), byTarget: new Map() };
      if (known === undefined) for (const key of keys) addTo(near, key, record);
      exact.set(pixels, record);
      return record;
    },
  };
}

function findNear(
  near: ReadonlyMap<number, readonly PictureRecord[]>,
  keys: readonly number[],
  print: Thumbprint,
): PictureRecord | undefined {
  for (const key of keys) {
    const found = near.get(key)?.find((record) => isNear(record.print, print));
    if (found !== undefined) return found;
  }
  return undefined;
}

function addTo(near: Map<number, PictureRecord[]>, key: number, record: PictureRecord): void {
  const records = near.get(key);
  if (records === undefined) near.set(key, [record]);
  else records.push(record);
}
