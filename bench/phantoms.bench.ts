// Drawing of phantoms, 256 px wide: at most 10 ms a picture on one core, for every kind.
import { makePhantom, PHANTOM_KINDS } from '@sim4seg/data';
import type { PhantomKind } from '@sim4seg/data';
import { benchOptions, compete, report } from './harness.js';
import type { BenchRow } from './harness.js';

const options = benchOptions({ rounds: 9 });
const PICTURES = 16;

/** Processor time a picture over the same pictures each round: neighbours on the machine do not count. */
const draw = (kind: PhantomKind) => () => {
  const started = process.cpuUsage();
  for (let index = 0; index < PICTURES; index++) makePhantom(kind, 1, { split: 'val', index });
  const { user, system } = process.cpuUsage(started);
  return { value: (user + system) / 1000 / PICTURES };
};

const rows: BenchRow[] = [];
for (const kind of PHANTOM_KINDS) {
  const round = draw(kind);
  round();
  rows.push(await compete(`phantoms/${kind}`, { name: 'makePhantom', round }, { rounds: options.rounds }));
}
report(rows, options.json);
