import { stableJson } from '@sim4seg/core';
import type { RunRecord } from '@sim4seg/core';

/**
 * What differs between a record and its recomputation: presence, diagnosis, the text of every path, and masks. Masks
 * that the record does not hold (any more) are not compared. Times and confidences may differ.
 */
export function compareRecords(stored: RunRecord, again: RunRecord): string[] {
  const differences = (['presence', 'diagnosis', 'reasoning'] as const)
    .filter((key) => stored[key] !== again[key])
    .map((key) => `${key} is "${again[key].slice(0, 80)}" instead of "${stored[key].slice(0, 80)}"`);
  const texts = (record: RunRecord): string =>
    stableJson(record.run.paths.map(({ text, tokenIds }) => [text, tokenIds]));
  if (texts(stored) !== texts(again)) differences.push('the text of a reasoning path differs');
  if (stored.findings.length !== again.findings.length) {
    return [...differences, `${again.findings.length} findings instead of ${stored.findings.length}`];
  }
  stored.findings.forEach((finding, i) => differences.push(...compareMasks(finding, again.findings[i], i)));
  return differences;
}

type FindingRecord = RunRecord['findings'][number];

function compareMasks(stored: FindingRecord, again: FindingRecord | undefined, index: number): string[] {
  const differences: string[] = [];
  if (!equalOrAbsent(stored.mask, again?.mask)) differences.push(`the mask of finding ${index} differs`);
  if (stored.selected !== again?.selected) differences.push(`finding ${index} chose another candidate`);
  stored.candidates.forEach(({ maskRle }, k) => {
    if (!equalOrAbsent(maskRle, again?.candidates[k]?.maskRle))
      differences.push(`candidate ${k} of finding ${index} differs`);
  });
  return differences;
}

const equalOrAbsent = (stored: unknown, again: unknown): boolean =>
  stored === undefined || stableJson(stored) === stableJson(again);
