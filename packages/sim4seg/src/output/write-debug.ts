import { join } from 'node:path';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { analysePrior } from '@sim4seg/rvls2m/inference';
import type { Diagnosis } from '../sdk/diagnosis.js';
import { RESEARCH_NOTICE } from '../notice.js';

/** What the region prior of a finding did: its figures, what is wrong with it, and the map that it was made from. */
interface PriorReport {
  readonly areaShare: number;
  readonly edgeShare: number | null;
  /** `constant`, `empty`, `everywhere`, `edge-hugging`; none where nothing is wrong. */
  readonly failures: readonly string[];
  /** The similarity of the image's tokens, 0 at the lowest and 1 at the highest; row by row. */
  readonly normalisedSimilarity: readonly (readonly number[])[] | null;
  readonly prompts: readonly string[];
  readonly variant: number;
  readonly decoderMask: number;
}

/** A report on the region prior of every finding; null where a finding has no mask to explain. */
export function priorReports({ findings, answer }: Diagnosis): (PriorReport | null)[] {
  return findings.map(({ evidence }) => {
    if (!evidence) return null;
    const { normalised, figures, failures } = analysePrior(evidence, { frame: answer.frame });
    return {
      areaShare: figures.areaShare,
      edgeShare: figures.edgeShare,
      failures,
      normalisedSimilarity: normalised && rowsOf(normalised.data, normalised.shape[1] ?? 1),
      prompts: Object.keys(evidence.prompts),
      variant: evidence.variant,
      decoderMask: evidence.decoderMask,
    };
  });
}

/** Writes `debug.json` beside the answer. @throws WRITE_FAILED, DISK_FULL */
export async function writeDebug(folder: string, diagnosis: Diagnosis): Promise<void> {
  const debug = { notice: RESEARCH_NOTICE, timings: diagnosis.answer.timings, regionPriors: priorReports(diagnosis) };
  await writeFileAtomic(join(folder, 'debug.json'), `${JSON.stringify(debug, null, 2)}\n`);
}

function rowsOf(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    [...values.subarray(row * columns, (row + 1) * columns)].map((value) => Math.round(value * 1e4) / 1e4),
  );
}
