import { CASES_SCHEMA_VERSION } from '../case-record.js';
import type { CaseRecord } from '../case-record.js';
import { createDataRandom } from '../random.js';
import type { Phantom, PhantomTarget } from './phantom.js';

/** A line of `cases.jsonl` together with the target whose mask it names. */
export interface PhantomCase {
  readonly record: CaseRecord;
  readonly target: PhantomTarget;
}

/** Share of phantoms that are also asked for a second target that they do not show. */
const ABSENT_SECOND_SHARE = 0.3;

/**
 * The cases of a phantom: one for its main target, present or not, one for each further target that it shows, and
 * sometimes one for a target that it does not show. All name the same image.
 */
export function phantomCases(phantom: Phantom, name: string): PhantomCase[] {
  const random = createDataRandom(phantom.phantomSeed).fork('cases');
  const asked = phantom.targets.filter(({ present }, i) => random.chance(ABSENT_SECOND_SHARE) || i === 0 || present);
  return asked.map((target) => ({ record: toRecord(phantom, { target, name }), target }));
}

function toRecord(phantom: Phantom, { target, name }: { target: PhantomTarget; name: string }): CaseRecord {
  const id = `${name}_${target.target.replaceAll(' ', '-')}`;
  return {
    schemaVersion: CASES_SCHEMA_VERSION,
    id,
    image: `images/${name}.png`,
    mask: `masks/${id}.png`,
    modality: target.modality,
    anatomy: target.anatomy,
    target: target.target,
    diagnosis: target.diagnosis,
    patient: null,
    split: phantom.split,
    question: undefined,
    phantomSeed: phantom.phantomSeed,
  };
}
