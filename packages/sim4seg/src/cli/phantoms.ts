import { join } from 'node:path';
import { PHANTOM_KINDS, writePhantoms } from '@sim4seg/data';
import type { PhantomKind, PhantomSplit } from '@sim4seg/data';
import { interruptSignal } from './interrupt.js';
import { usage, wholeNumber } from './options.js';

interface PhantomOptions {
  readonly kind: string;
  readonly n: string;
  readonly seed: string;
  readonly split: string;
  readonly out: string;
}

/** `sim4seg data phantoms`: one kind straight into the folder, `all` into a folder a kind. @throws USAGE, WRITE_FAILED */
export async function phantomsCommand(options: PhantomOptions): Promise<void> {
  const kinds = kindsOf(options.kind);
  const [n, seed] = [wholeNumber('--n', options.n), wholeNumber('--seed', options.seed)];
  if (n < 1 || n > 100_000) throw usage('--n must be 1 to 100000', options.n, 'write for example --n 8');
  const split = splitOf(options.split);
  for (const kind of kinds) {
    const out = kinds.length === 1 ? options.out : join(options.out, kind);
    const cases = await writePhantoms({ kind, n, seed, split, out, signal: interruptSignal() });
    process.stdout.write(`${kind}: ${n} pictures, ${cases} cases in ${out} (look at sheet.png)\n`);
  }
}

function kindsOf(kind: string): readonly PhantomKind[] {
  if (kind === 'all') return PHANTOM_KINDS;
  if ((PHANTOM_KINDS as readonly string[]).includes(kind)) return [kind as PhantomKind];
  throw usage(`--kind must be one of ${[...PHANTOM_KINDS, 'all'].join(', ')}`, kind, 'choose one of these kinds');
}

function splitOf(split: string): PhantomSplit {
  if (split === 'train' || split === 'val') return split;
  throw usage('--split must be train or val', split, 'write --split train or --split val');
}
