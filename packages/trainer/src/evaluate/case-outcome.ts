import { countPixels, diceOf, iouOf, maskFromValues, unionOf } from '@sim4seg/core';
import type { MaskBits, Presence, PresenceGroup } from '@sim4seg/core';
import { isAbsentDiagnosis } from '@sim4seg/data';
import type { DatasetCase, MaskPicture } from '@sim4seg/data';
import type { StatedConfidence } from './calibration.js';

/** What the product's pipeline answered about one case, free-running. */
export interface CaseAnswer {
  readonly presence: Presence;
  /** Name of the parsed diagnosis, null where the text was not parsed. */
  readonly diagnosis: string | null;
  readonly confidence: number;
  readonly text: string;
  /** Number of [SEG] that the model wrote itself. */
  readonly segCount: number;
  /** Union of all findings in the original frame; null where the wiring can give no mask. */
  readonly maskBits: MaskBits | null;
}

/** Figures of one scored case; null where the case says nothing about it. */
export interface CaseOutcome {
  readonly dataset: string;
  readonly id: string;
  readonly mask: {
    readonly iou: number;
    readonly dice: number;
    readonly intersection: number;
    readonly union: number;
  } | null;
  readonly diagnosis: { readonly predicted: string | null; readonly truth: string } | null;
  readonly presence: { readonly group: PresenceGroup; readonly answer: Presence } | null;
  readonly segCount: number;
  /** What the answer said of itself and whether diagnosis, or presence where none is known, was right. */
  readonly stated?: StatedConfidence | null;
  /** Time from question to answer. */
  readonly timeMs?: number;
}

/** Scores an answer against what the case knows; ground truth is seen here and nowhere before. */
export function scoreCase(found: DatasetCase, truth: MaskPicture | null, answer: CaseAnswer): CaseOutcome {
  const { record, dataset } = found;
  const present = truth === null ? null : truth.maskBits.some((bit) => bit > 0);
  const diagnosis = record.diagnosis ?? null;
  const stated = diagnosis === null ? null : { predicted: statedDiagnosis(answer, diagnosis), truth: diagnosis };
  const correct = stated
    ? stated.predicted === stated.truth
    : present === null
      ? null
      : answer.presence === (present ? 'present' : 'absent');
  return {
    dataset,
    id: record.id,
    mask: truth === null || answer.maskBits === null ? null : scoreMask(truth, answer.maskBits),
    diagnosis: stated,
    presence: present === null ? null : { group: present ? 'present' : 'absent-same-kind', answer: answer.presence },
    segCount: answer.segCount,
    stated: correct === null ? null : { confidence: answer.confidence, correct },
  };
}

/** "Not there" without a named diagnosis says what "normal (no lesion)" says. */
function statedDiagnosis({ diagnosis, presence }: CaseAnswer, truth: string): string | null {
  if (diagnosis === null && presence === 'absent' && isAbsentDiagnosis(truth)) return truth;
  return diagnosis;
}

function scoreMask(truth: MaskPicture, predicted: MaskBits): CaseOutcome['mask'] {
  const { widthPx, heightPx, maskBits } = truth;
  const counts = countPixels(predicted, maskFromValues(maskBits, { widthPx, heightPx, frameId: predicted.frameId }));
  return { iou: iouOf(counts), dice: diceOf(counts), intersection: counts.truePositive, union: unionOf(counts) };
}
