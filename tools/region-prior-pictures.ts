// Draws docs/region-priors/*.png: two phantoms, their similarity map, what each region prior prompts with, and the mask.
// node --conditions=sim4seg-source --import tsx tools/region-prior-pictures.ts [dermoscopy seed] [ultrasound seed]
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MaskBits, ModelFrame, RegionPrompts } from '@sim4seg/core';
import { maskLogitsToOriginalFrame, maskToBytes, pointsToOriginalFrame } from '@sim4seg/core';
import { contactSheet } from '@sim4seg/data';
import type { Picture } from '@sim4seg/data';
import { canonicalQuestion, createSim4Seg, encodePng, makePhantom } from 'sim4seg';
import type { Diagnosis, Finding, MedicalImage } from 'sim4seg';
import sharp from 'sharp';
import { drawOverlay } from '../packages/sim4seg/src/pictures/overlay.js';
import { drawSimilarity } from '../packages/sim4seg/src/pictures/similarity-picture.js';

const PRIORS = ['topCells', 'threshold', 'adaptive', 'softLogits', 'multiGrid', 'points', 'box', 'none'] as const;
const FOLDER = join(import.meta.dirname, '../docs/region-priors');
type Rgb = readonly [number, number, number];
const INSIDE: Rgb = [0, 229, 160];
const OUTSIDE: Rgb = [255, 94, 94];

type Evidence = NonNullable<Finding['evidence']>;

interface Phantom {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly question: string;
}

async function phantomOf(kind: 'dermoscopy' | 'breast-ultrasound', seed: number): Promise<Phantom> {
  const { picture, targets } = makePhantom(kind, seed, { split: 'val', widthPx: 384 });
  const target = targets.find(({ present }) => present)!;
  return { name: kind.replace('breast-', ''), bytes: await encodePng(picture), question: canonicalQuestion(target) };
}

const greyOf = ({ data, widthPx, heightPx, channels }: MedicalImage): Picture => {
  const grey = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < widthPx * heightPx; i++) grey.fill(data[i * channels] as number, 3 * i, 3 * i + 3);
  return { data: grey, widthPx, heightPx, channels: 3 };
};

function blend({ data }: Picture, pixel: number, [colour, share]: readonly [Rgb, number]): void {
  for (let c = 0; c < 3; c++) data[3 * pixel + c] = data[3 * pixel + c]! * (1 - share) + colour[c]! * share;
}

/** Logits as a tint: green inside, nothing where undecided, darkened outside. */
function paintMask(picture: Picture, mask: NonNullable<RegionPrompts['mask']>, frame: ModelFrame): void {
  const { data } = maskLogitsToOriginalFrame(mask.data, frame);
  data.forEach((logit, i) => {
    const sure = Math.abs(Math.tanh(logit / 4));
    blend(picture, i, logit > 0 ? [INSIDE, 0.5 * sure] : [[0, 0, 0], 0.55 * sure]);
  });
}

function paintDisc(picture: Picture, [x, y]: readonly [number, number], colour: Rgb): void {
  for (let i = 0; i < picture.widthPx * picture.heightPx; i++) {
    const distance = Math.hypot((i % picture.widthPx) - x, Math.floor(i / picture.widthPx) - y);
    if (distance < 7) blend(picture, i, [distance < 5 ? colour : [255, 255, 255], 1]);
  }
}

function paintFrame(picture: Picture, [x0, y0, x1, y1]: readonly number[]): void {
  for (let i = 0; i < picture.widthPx * picture.heightPx; i++) {
    const [x, y] = [i % picture.widthPx, Math.floor(i / picture.widthPx)];
    const within = x >= x0! - 1 && x <= x1! + 1 && y >= y0! - 1 && y <= y1! + 1;
    const inner = x > x0! + 1 && x < x1! - 1 && y > y0! + 1 && y < y1! - 1;
    if (within && !inner) blend(picture, i, [INSIDE, 1]);
  }
}

function drawPrompts(image: MedicalImage, { prompts }: Evidence, frame: ModelFrame): Picture {
  const picture = greyOf(image);
  if (prompts.mask) paintMask(picture, prompts.mask, frame);
  if (prompts.boxes) paintFrame(picture, [...pointsToOriginalFrame(prompts.boxes.data, frame)]);
  const places = prompts.points ? pointsToOriginalFrame(prompts.points.data, frame) : [];
  prompts.pointLabels?.data.forEach((label, i) => {
    if (label >= 0) paintDisc(picture, [places[2 * i]!, places[2 * i + 1]!], label === 1 ? INSIDE : OUTSIDE);
  });
  return picture;
}

const withMask = (image: MedicalImage, mask: MaskBits | null): Picture =>
  mask && maskToBytes(mask).some((value) => value > 0) ? drawOverlay(image, [mask]) : greyOf(image);

const toPicture = (image: MedicalImage): Picture => ({ ...image, data: image.data as Uint8Array });

/** Panels of one prior on one phantom: the image, the similarity, the prompts, the mask. */
function panelsOf({ image, answer }: Diagnosis): Picture[] {
  const [finding] = answer.findings;
  const evidence = finding?.evidence;
  if (!finding || !evidence) throw new Error('the model gave no [SEG] for this phantom: choose another seed');
  const similarity = drawSimilarity(image, { similarity: evidence.similarity, cells: null, frame: answer.frame });
  return [toPicture(image), similarity, drawPrompts(image, evidence, answer.frame), withMask(image, finding.maskBits)];
}

const small = (png: Uint8Array): Promise<Buffer> =>
  sharp(png).png({ palette: true, colours: 32, dither: 0, compressionLevel: 9, effort: 10 }).toBuffer();

const [dermoscopySeed = '7', ultrasoundSeed = '9'] = process.argv.slice(2);
const phantoms = [
  await phantomOf('dermoscopy', Number(dermoscopySeed)),
  await phantomOf('breast-ultrasound', Number(ultrasoundSeed)),
];
await using model = await createSim4Seg();
const sheet: { readonly picture: Picture; readonly label: string }[] = [];
for (const id of PRIORS) {
  const rows: { readonly panels: Picture[]; readonly labels: string[] }[] = [];
  for (const { name, bytes, question } of phantoms) {
    const config = { regionPrior: { use: id } };
    const panels = panelsOf(await model.diagnose({ image: bytes, question, config }).result());
    rows.push({ panels, labels: [`phantom, ${name}`, 'similarity', id, 'mask (research use only)'] });
    sheet.push({ picture: panels[2]!, label: id });
  }
  const all = await contactSheet(
    rows.flatMap(({ panels }) => panels),
    rows.flatMap(({ labels }) => labels),
    { columns: 4, cellPx: 144 },
  );
  const png = await small(all);
  await writeFile(join(FOLDER, `${id}.png`), png);
  console.log(`${id}.png: ${Math.round(png.length / 1000)} kB`);
}
const png = await small(
  await contactSheet(
    sheet.map(({ picture }) => picture),
    sheet.map(({ label }) => label),
    { columns: 8, cellPx: 100 },
  ),
);
await writeFile(join(FOLDER, 'sheet.png'), png);
console.log(`sheet.png: ${Math.round(png.length / 1000)} kB`);
