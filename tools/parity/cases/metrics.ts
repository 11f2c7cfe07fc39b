import { countPixels, maskFromValues, officialCiou, officialGiou, unionOf, type PixelCounts } from '@sim4seg/core';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner } from '../checker.js';

const ignoredLabel = 255;

/** Counts of every mask of one sample, ignored pixels left out. */
function countsOf(io: ReferenceTensors, sample: string): readonly PixelCounts[] {
  const logits = io.floats(`${sample}/in.pred_logits`);
  const truth = io.ints(`${sample}/in.gt`);
  const [masks = 0, heightPx = 0, widthPx = 0] = logits.shape;
  const place = { widthPx, heightPx, frameId: sample };
  return Array.from({ length: masks }, (_, i) => {
    const [from, to] = [i * heightPx * widthPx, (i + 1) * heightPx * widthPx];
    const labels = truth.data.subarray(from, to);
    const object = maskFromValues(
      labels.map((label) => (label === ignoredLabel ? 0 : label)),
      place,
    );
    const ignored = maskFromValues(labels, place, ignoredLabel - 1);
    return countPixels(maskFromValues(logits.data.subarray(from, to), place), object, ignored);
  });
}

const background = (counts: PixelCounts): PixelCounts => ({
  truePositive: counts.trueNegative,
  falsePositive: counts.falseNegative,
  falseNegative: counts.falsePositive,
  trueNegative: counts.truePositive,
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Mean over the masks of a sample, as the rows of the case hold it. */
function meanIou(masks: readonly PixelCounts[]): number {
  return (officialGiou(masks) * (masks.length + 1e-5)) / masks.length;
}

export const run: CaseRunner = ({ io }, check) => {
  const samples = io.subCases.map((sample) => [sample, countsOf(io, sample)] as const);
  for (const [sample, objects] of samples) {
    const classes = [objects.map(background), objects];
    check.exact(`${sample}/mid.intersection`, {
      data: classes.map((c) => sum(c.map((counts) => counts.truePositive))),
    });
    check.exact(`${sample}/mid.union`, { data: classes.map((c) => sum(c.map(unionOf))) });
    check.close(`${sample}/mid.acc_iou`, { data: classes.map(meanIou) });
  }
  const all = samples.flatMap(([, objects]) => objects);
  check.close('out.giou', { data: [officialGiou(all)] });
  check.close('out.ciou', { data: [officialCiou(all)] });
};
