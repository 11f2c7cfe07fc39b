import { Sim4SegError } from '../errors.js';
import { emptyMask } from './mask-bits.js';
import type { MaskBits } from './mask-bits.js';

/** COCO's compressed run lengths: `size` is [height, width], `counts` the string of pycocotools. */
export interface CocoRle {
  readonly size: readonly [height: number, width: number];
  readonly counts: string;
}

/**
 * COCO run-length encoding of a mask, equal to pycocotools.
 * @source pycocotools maskApi.c, rleEncode and rleToString
 */
export function encodeRle(mask: MaskBits): CocoRle {
  return { size: [mask.heightPx, mask.widthPx], counts: runsToString(maskRuns(mask)) };
}

/**
 * A mask from COCO run lengths.
 * @throws RECORD_INVALID when the string is damaged or its runs do not fill the picture
 * @source pycocotools maskApi.c, rleFrString and rleDecode
 */
export function decodeRle(rle: CocoRle, frameId: string): MaskBits {
  const [heightPx, widthPx] = rle.size;
  const runs = stringToRuns(rle.counts);
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== heightPx * widthPx || runs.some((run) => run < 0))
    throw damaged(`runs of ${total} pixels for ${heightPx} x ${widthPx}`);
  const mask = emptyMask({ widthPx, heightPx, frameId });
  let at = 0;
  runs.forEach((run, i) => {
    if (i % 2 === 1) paintRun(mask, at, run);
    at += run;
  });
  return mask;
}

/** Lengths of alternating background and foreground runs in column-major order; the first is background, maybe 0. */
function maskRuns(mask: MaskBits): number[] {
  const { widthPx, heightPx } = mask;
  const changes = changesByColumn(mask);
  const runs: number[] = [];
  let [inside, at] = [0, 0];
  const turn = (to: number): void => {
    runs.push(to - at);
    [at, inside] = [to, 1 - inside];
  };
  for (let x = 0; x < widthPx; x++) {
    if (wordAt(mask.words, x) & 1 ? !inside : inside) turn(x * heightPx);
    for (const y of changes[x] as number[]) turn(x * heightPx + y);
  }
  return [...runs, widthPx * heightPx - at];
}

/** Rows whose pixel differs from the one above, by column; found 32 columns at a time, since most words have none. */
function changesByColumn({ words, widthPx, heightPx }: MaskBits): number[][] {
  const changes = Array.from({ length: widthPx }, (): number[] => []);
  for (let y = 1; y < heightPx; y++) {
    for (let x = 0, i = y * widthPx; x < widthPx; x += 32, i += 32) {
      let differs = wordAt(words, i) ^ wordAt(words, i - widthPx);
      if (widthPx - x < 32) differs &= (1 << (widthPx - x)) - 1;
      for (; differs !== 0; differs &= differs - 1) {
        (changes[x + 31 - Math.clz32(differs & -differs)] as number[]).push(y);
      }
    }
  }
  return changes;
}

/** The 32 pixels from pixel i on; 0 behind the last. */
function wordAt(words: Uint32Array, i: number): number {
  const at = i >> 5;
  const shift = i & 31;
  const low = (words[at] as number) >>> shift;
  return shift === 0 ? low : low | ((words[at + 1] ?? 0) << (32 - shift));
}

function paintRun({ words, widthPx, heightPx }: MaskBits, from: number, length: number): void {
  for (let k = from; k < from + length; k++) {
    const i = (k % heightPx) * widthPx + Math.floor(k / heightPx);
    words[i >> 5] = (words[i >> 5] as number) | (1 << (i & 31));
  }
}

/** Five bits a character from code 48, a sixth bit tells that more follow; from the third run on, differences to i - 2. */
function runsToString(runs: readonly number[]): string {
  let text = '';
  runs.forEach((run, i) => {
    let value = i > 2 ? run - (runs[i - 2] as number) : run;
    for (let more = true; more;) {
      const bits = value & 31;
      value >>= 5;
      more = bits & 16 ? value !== -1 : value !== 0;
      text += String.fromCharCode((more ? bits | 32 : bits) + 48);
    }
  });
  return text;
}

function stringToRuns(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    const { value, next } = readRun(text, at);
    runs.push(runs.length > 2 ? value + (runs[runs.length - 2] as number) : value);
    at = next;
  }
  return runs;
}

function readRun(text: string, start: number): { value: number; next: number } {
  let value = 0;
  for (let at = start, shift = 0; at < text.length && shift < 35; at++, shift += 5) {
    const code = text.charCodeAt(at) - 48;
    if (code < 0 || code > 63) break;
    value |= (code & 31) << shift;
    if (code & 32) continue;
    return { value: code & 16 && shift < 27 ? value | (-1 << (shift + 5)) : value, next: at + 1 };
  }
  throw damaged(`a damaged number at character ${start}`);
}

function damaged(got: string): Sim4SegError {
  return new Sim4SegError('RECORD_INVALID', {
    must: 'Run lengths fill their picture exactly',
    got,
    fix: 'take the record as it was written',
  });
}
