import { cpus, totalmem } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

/** One figure of a round: a time in ms or another unit, and the peak resident memory where it is known. */
export interface Sample {
  readonly value: number;
  readonly peakRssMb?: number | undefined;
}

export interface Contestant {
  readonly name: string;
  readonly unit?: string;
  /** Runs round `n` on inputs that differ from those of other rounds, and returns its figure. */
  readonly round: (n: number) => Promise<Sample> | Sample;
}

export interface BenchRow {
  readonly name: string;
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly ours: { readonly median: number; readonly unit: string; readonly peakRssMb: number | null };
  readonly peer: { readonly name: string; readonly median: number; readonly peakRssMb: number | null } | null;
  readonly ratio: number | null;
  /** Why there is no peer, where there should be one. */
  readonly peerMissing?: string;
}

export interface CompeteOptions {
  readonly peer?: Contestant | null;
  /** Why there is no peer, where there should be one; the row says so. */
  readonly peerMissing?: string | null;
  readonly rounds: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const peak = (samples: readonly Sample[]): number | null => {
  const known = samples.flatMap((s) => (s.peakRssMb === undefined ? [] : [s.peakRssMb]));
  return known.length ? Math.max(...known) : null;
};

const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;

/** Options of every bench script: `--json F`, `--rounds n`. */
export const benchOptions = (defaults: { readonly rounds: number }): { rounds: number; json: string | undefined } => {
  const { values } = parseArgs({ options: { json: { type: 'string' }, rounds: { type: 'string' } }, strict: false });
  return { rounds: Number(values.rounds ?? defaults.rounds), json: values.json as string | undefined };
};

/** Runs ours and the peer in turn (A B A B ...) after one warm-up round of each; figures are medians. */
export const compete = async (name: string, ours: Contestant, options: CompeteOptions): Promise<BenchRow> => {
  const peer = options.peer ?? null;
  await ours.round(-1);
  await peer?.round(-1);
  const mine: Sample[] = [];
  const theirs: Sample[] = [];
  for (let n = 0; n < options.rounds; n++) {
    mine.push(await ours.round(n));
    if (peer) theirs.push(await peer.round(n));
  }
  const ourMedian = median(mine.map((s) => s.value));
  const peerMedian = peer ? median(theirs.map((s) => s.value)) : null;
  return {
    name,
    date: new Date().toISOString(),
    machine: machine(),
    rounds: options.rounds,
    ours: { median: ourMedian, unit: ours.unit ?? 'ms', peakRssMb: peak(mine) },
    peer: peer && peerMedian !== null ? { name: peer.name, median: peerMedian, peakRssMb: peak(theirs) } : null,
    ratio: peerMedian === null ? null : ourMedian / peerMedian,
    ...(options.peerMissing ? { peerMissing: options.peerMissing } : {}),
  };
};

/** Prints the rows and writes them where `--json` says. */
export const report = (rows: readonly BenchRow[], json: string | undefined): void => {
  for (const r of rows) {
    const missing = r.peerMissing ? `; no peer: ${r.peerMissing}` : '';
    const against = r.peer ? `, ${r.peer.name} ${r.peer.median.toPrecision(4)}, ratio ${r.ratio?.toFixed(3)}` : missing;
    console.log(`${r.name}: ${r.ours.median.toPrecision(4)} ${r.ours.unit} over ${r.rounds} rounds${against}`);
  }
  if (!json) return;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(rows.length === 1 ? rows[0] : rows, null, 2)}\n`);
};
