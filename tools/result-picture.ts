// Draws docs/result.png: a phantom, its similarity map with the chosen cells, the mask, and what the embedded model says.
// node --conditions=sim4seg-source --import tsx tools/result-picture.ts [ultrasound seed] [dermoscopy seed] [bundle]
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalQuestion, createSim4Seg, encodePng, makePhantom, writeAnswer } from 'sim4seg';
import type { Diagnosis, PhantomKind, Sim4Seg } from 'sim4seg';
import sharp from 'sharp';

const SIDE = 320;
const GAP = 12;
const COLUMNS = 3;
const WIDTH = COLUMNS * SIDE + (COLUMNS + 1) * GAP;

interface Row {
  readonly question: string;
  readonly diagnosis: Diagnosis;
  readonly pictures: readonly Buffer[];
}

const escape = (text: string): string =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!);

/** Breaks a text into lines of about the width of the picture. */
const linesOf = (text: string, most = 118): string[] =>
  text.split(/\s+/).reduce<string[]>((lines, word) => {
    const last = lines.at(-1) ?? '';
    if (lines.length > 0 && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);

const fit = (bytes: Buffer): Promise<Buffer> => sharp(bytes).resize(SIDE).png().toBuffer();

const answerAbout = async (asked: { image: Buffer; question: string }, sim4seg: Sim4Seg): Promise<Row> => {
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-picture-'));
  try {
    const diagnosis = await sim4seg.diagnose(asked).result();
    await writeAnswer(folder, diagnosis);
    const files = ['similarity.png', 'overlay.png'].map((name) => readFile(join(folder, name)));
    const pictures = await Promise.all([asked.image, ...(await Promise.all(files))].map(fit));
    return { question: asked.question, diagnosis, pictures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const phantomOf = async (kind: PhantomKind, seed: number): Promise<{ image: Buffer; question: string }> => {
  const { picture, targets } = makePhantom(kind, seed, { split: 'val', widthPx: 512 });
  return { image: Buffer.from(await encodePng(picture)), question: canonicalQuestion(targets[0]!) };
};

const textOf = ({ question, diagnosis }: Row): string[] => {
  const { presence, confidence, reasoning } = diagnosis;
  const named = diagnosis.diagnosis === 'unparsed' ? '' : `, ${diagnosis.diagnosis}`;
  const verdict = `${presence}${named}, confidence ${Math.round(confidence * 100)}%`;
  return [`Q: ${question}`, ...linesOf(`A: ${reasoning.trim()}`), verdict];
};

const drawRows = async (rows: readonly Row[]): Promise<Buffer> => {
  const layers: { input: Buffer; left: number; top: number }[] = [];
  let top = GAP;
  for (const row of rows) {
    row.pictures.forEach((input, i) => layers.push({ input, left: GAP + i * (SIDE + GAP), top }));
    const heights = await Promise.all(row.pictures.map(async (picture) => (await sharp(picture).metadata()).height));
    top += Math.max(...heights) + 8;
    const lines = textOf(row);
    const spans = lines.map((line, i) => `<text x="0" y="${18 + i * 20}">${escape(line)}</text>`).join('');
    const style = 'font-family="sans-serif" font-size="15" fill="#e8eef6"';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH - 2 * GAP}" height="${lines.length * 20 + 10}" ${style}>${spans}</svg>`;
    layers.push({ input: Buffer.from(svg), left: GAP, top });
    top += lines.length * 20 + 10 + GAP;
  }
  const notice = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH - 2 * GAP}" height="24" font-family="sans-serif" font-size="13" fill="#ffb000"><text x="0" y="16">Phantoms (drawn, not patients), the similarity map with chosen cells, the mask. Research use only; not a medical device.</text></svg>`;
  layers.push({ input: Buffer.from(notice), left: GAP, top });
  const base = { width: WIDTH, height: top + 24 + GAP, channels: 3 as const, background: '#0c1118' };
  return sharp({ create: base }).composite(layers).png({ compressionLevel: 9, palette: true, quality: 90 }).toBuffer();
};

const [ultrasoundSeed = '9', dermoscopySeed = '7', bundle] = process.argv.slice(2);
await using sim4seg = await createSim4Seg(bundle === undefined ? {} : { bundle });
const ultrasound = await phantomOf('breast-ultrasound', Number(ultrasoundSeed));
const dermoscopy = await phantomOf('dermoscopy', Number(dermoscopySeed));
const absent = { ...dermoscopy, question: 'Are there retinal blood vessels in this image? Outline them.' };
const rows: Row[] = [];
for (const asked of [ultrasound, dermoscopy, absent]) rows.push(await answerAbout(asked, sim4seg));
await writeFile(join(import.meta.dirname, '../docs/result.png'), await drawRows(rows));
console.log(rows.map((row) => textOf(row).join('\n')).join('\n\n'));
