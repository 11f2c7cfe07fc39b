import type { Picture } from '../picture.js';
import { largestComponent } from './draw/components.js';
import type { Phantom, PhantomTarget } from './phantom.js';

/** What phantoms must not be: solvable by a threshold or by brightness alone. In percent. */
export interface PhantomBaselines {
  readonly n: number;
  /** gIoU of Otsu's threshold with the largest component as the mask of every case; the better of both sides. */
  readonly otsuGIoU: number;
  /**
   * Accuracy of the diagnosis with the nearest mean brightness; the better of the whole picture and the true mask. The
   * means are taken from the very cases that are judged, so the figure flatters the baseline.
   */
  readonly nearestMeanAccuracy: number;
}

interface BaselineCase {
  readonly picture: Picture;
  readonly target: PhantomTarget;
}

/** Measures both baselines on the main target of each phantom. */
export function measurePhantomBaselines(phantoms: readonly Phantom[]): PhantomBaselines {
  const cases = phantoms.flatMap(({ picture, targets }) => targets.slice(0, 1).map((target) => ({ picture, target })));
  const sides = (['dark', 'bright'] as const).map((side) =>
    mean(cases.map(({ picture, target }) => intersectionOverUnion(otsuMask(picture, side), target.mask.maskBits))),
  );
  const named = cases.filter(({ target }) => target.diagnosis !== null);
  const accuracies = [
    nearestMeanAccuracy(named, ({ picture }) => mean([...toGrey(picture)])),
    nearestMeanAccuracy(named, ({ picture, target }) => meanInside(toGrey(picture), target.mask.maskBits)),
  ];
  const [otsuGIoU, nearestMean] = [100 * Math.max(...sides), 100 * Math.max(...accuracies)];
  return { n: cases.length, otsuGIoU, nearestMeanAccuracy: nearestMean };
}

/** One side of Otsu's threshold on brightness, largest component. uint8[height, width]; 0 or 1 */
export function otsuMask(picture: Picture, side: 'dark' | 'bright'): Uint8Array {
  const grey = toGrey(picture);
  const threshold = otsuThreshold(grey);
  return largestComponent(
    grey.map((value) => (value <= threshold === (side === 'dark') ? 1 : 0)),
    picture.widthPx,
  );
}

/** Brightness that parts dark from bright with the largest variance between the two. */
export function otsuThreshold(grey: Uint8Array): number {
  const histogram = new Float64Array(256);
  for (const value of grey) histogram[value] = (histogram[value] as number) + 1;
  const total = grey.reduce((sum, value) => sum + value, 0);
  let best = { threshold: 0, variance: -1 };
  let count = 0;
  let sum = 0;
  histogram.forEach((height, threshold) => {
    count += height;
    sum += height * threshold;
    const rest = grey.length - count;
    if (count === 0 || rest === 0) return;
    const variance = count * rest * (sum / count - (total - sum) / rest) ** 2;
    if (variance > best.variance) best = { threshold, variance };
  });
  return best.threshold;
}

function nearestMeanAccuracy(cases: readonly BaselineCase[], brightness: (found: BaselineCase) => number): number {
  const groups = new Map<string, number[]>();
  const points = cases.map((found) => ({ label: found.target.diagnosis ?? '', value: brightness(found) }));
  for (const { label, value } of points) groups.set(label, [...(groups.get(label) ?? []), value]);
  const means = [...groups].map(([label, values]) => ({ label, mean: mean(values) }));
  const right = points.filter(({ label, value }) => {
    const nearest = means.toSorted((a, b) => Math.abs(a.mean - value) - Math.abs(b.mean - value))[0];
    return nearest?.label === label;
  });
  return right.length / Math.max(1, points.length);
}

/** Mean brightness inside the mask; of the whole picture where the mask is empty. */
function meanInside(grey: Uint8Array, bits: Uint8Array): number {
  const inside = [...grey].filter((_, i) => bits[i]);
  return mean(inside.length > 0 ? inside : [...grey]);
}

function toGrey({ data, channels }: Picture): Uint8Array {
  if (channels === 1) return data;
  return Uint8Array.from({ length: data.length / 3 }, (_, i) => {
    const [red, green, blue] = [data[3 * i] as number, data[3 * i + 1] as number, data[3 * i + 2] as number];
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  });
}

function intersectionOverUnion(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let either = 0;
  a.forEach((bit, i) => {
    if (bit && b[i]) both++;
    if (bit || b[i]) either++;
  });
  return either === 0 ? 1 : both / either;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
