// Draws the contact sheets of docs/phantoms: node --conditions=sim4seg-source --import tsx tools/phantom-sheets.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contactSheet, makePhantom, measurePhantomBaselines, PHANTOM_KINDS } from '@sim4seg/data';
import type { Phantom, PhantomKind, Picture } from '@sim4seg/data';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../docs/phantoms');
const SEED = 2026;
const SHOWN = 12;
const JUDGED = 120;
/** Speckle hardly packs, so grey sheets have few colours; enough of them stay for the outlines. */
const COLOURS = { grey: 20, coloured: 128 };
const CELL_PX = 150;

/** Green and orange outlines of the first and second target. */
const OUTLINES = [
  [60, 255, 90],
  [255, 150, 30],
] as const;

function outlined({ picture, targets }: Phantom): Picture {
  const { widthPx, heightPx, channels } = picture;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < data.length; i++) data[i] = picture.data[channels === 3 ? i : Math.floor(i / 3)] ?? 0;
  targets.forEach(({ mask: { maskBits: bits } }, target) => {
    const inside = (x: number, y: number): boolean =>
      x < 0 || y < 0 || x >= widthPx || y >= heightPx || bits[y * widthPx + x] === 1;
    for (let i = 0; i < bits.length; i++) {
      const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
      // Two pixels wide: a thinner line would lose its colour to the palette when the picture is made small.
      const within = [1, 2].every((d) => inside(x - d, y) && inside(x + d, y) && inside(x, y - d) && inside(x, y + d));
      if (bits[i] === 1 && !within) data.set(OUTLINES[target] ?? OUTLINES[0], 3 * i);
    }
  });
  return { data, widthPx, heightPx, channels: 3 };
}

/** What can be found: the first target under the picture, the second one under the picture with its outline. */
function labelsOf({ targets }: Phantom): [string, string] {
  const [first, second = ''] = targets
    .filter(({ present }) => present)
    .map(({ target, diagnosis }) => diagnosis ?? target);
  return [first ?? 'nothing to find', second && `and ${second}`];
}

async function drawSheet(kind: PhantomKind): Promise<Uint8Array> {
  const phantoms = Array.from({ length: SHOWN }, (_, index) => makePhantom(kind, SEED, { split: 'val', index }));
  const rows = [phantoms.slice(0, SHOWN / 2), phantoms.slice(SHOWN / 2)];
  const pictures = rows.flatMap((row) => [...row.map(({ picture }) => picture), ...row.map(outlined)]);
  const labels = rows.flatMap((row) => [
    ...row.map((each) => labelsOf(each)[0]),
    ...row.map((each) => labelsOf(each)[1]),
  ]);
  const colours = phantoms.every(({ picture }) => picture.channels === 1) ? COLOURS.grey : COLOURS.coloured;
  return contactSheet(pictures, labels, { columns: SHOWN / 2, cellPx: CELL_PX, colours });
}

mkdirSync(folder, { recursive: true });
for (const kind of PHANTOM_KINDS) {
  const sheet = await drawSheet(kind);
  writeFileSync(join(folder, `${kind}.png`), sheet);
  const judged = Array.from({ length: JUDGED }, (_, index) => makePhantom(kind, SEED, { split: 'val', index }));
  const { otsuGIoU, nearestMeanAccuracy } = measurePhantomBaselines(judged);
  process.stdout.write(
    `${kind}: ${sheet.length} bytes; Otsu ${otsuGIoU.toFixed(1)} gIoU, mean brightness ${nearestMeanAccuracy.toFixed(1)}%\n`,
  );
}
