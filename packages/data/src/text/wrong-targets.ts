import type { CaseSubject } from '../case-record.js';

/** Targets that may be asked of a picture although it does not show them. */
const SUBJECTS: readonly CaseSubject[] = [
  { modality: 'dermoscopy', anatomy: 'skin', target: 'skin lesion' },
  { modality: 'ultrasound', anatomy: 'breast', target: 'breast lesion' },
  { modality: 'x-ray', anatomy: 'limbs', target: 'fracture region (coarse polygon)' },
  { modality: 'fundus photography', anatomy: 'retina', target: 'retinal blood vessels' },
  { modality: 'dermoscopy', anatomy: 'skin', target: 'ink mark' },
  { modality: 'ultrasound', anatomy: 'breast', target: 'rib shadow' },
  { modality: 'fundus photography', anatomy: 'retina', target: 'optic disc' },
  { modality: 'x-ray', anatomy: 'limbs', target: 'metal implant' },
];

/**
 * Targets that a picture of this kind certainly does not show: those of other modalities. Second targets of the same
 * modality are left out, because real pictures may show them unmarked; phantoms bring their own absent cases.
 */
export function wrongTargetsFor(subject: CaseSubject): string[] {
  return SUBJECTS.filter(({ modality }) => modality !== subject.modality).map(({ target }) => target);
}
