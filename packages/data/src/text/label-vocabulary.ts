import type { DiagnosisLabel, LabelVocabulary } from '@sim4seg/core';

const label = (id: string, name: string, ...synonyms: string[]): DiagnosisLabel => ({ id, name, synonyms });

/** Labels of the targets that the project trains on; names are exactly the strings of the data sets. */
export const labelVocabulary: LabelVocabulary = {
  'skin lesion': [
    label('benign-nevus', 'benign nevus', 'nevus', 'naevus', 'benign mole'),
    label('melanoma', 'melanoma', 'malignant melanoma'),
    label('seborrheic-keratosis', 'seborrheic keratosis', 'seborrhoeic keratosis', 'keratosis'),
  ],
  'breast lesion': [
    label('benign-breast-lesion', 'benign breast lesion', 'benign lesion', 'benign breast mass', 'benign'),
    label('malignant-breast-lesion', 'malignant breast lesion', 'malignant lesion', 'breast cancer', 'malignant'),
    label('normal-no-lesion', 'normal (no lesion)', 'normal', 'no lesion'),
  ],
  'fracture region (coarse polygon)': [
    label('elbow-fracture', 'elbow fracture'),
    label('finger-fracture', 'finger fracture'),
    label('forearm-fracture', 'forearm fracture'),
    label('humerus-fracture', 'humerus fracture', 'upper arm fracture'),
    label('shoulder-fracture', 'shoulder fracture'),
    label('wrist-fracture', 'wrist fracture'),
  ],
  'retinal blood vessels': [
    label('diabetic-retinopathy', 'diabetic retinopathy'),
    label('glaucoma', 'glaucoma'),
    label('healthy-retina', 'healthy retina', 'healthy'),
  ],
  'ink mark': [],
  'rib shadow': [],
  'optic disc': [],
  'metal implant': [],
};

/** Diagnoses that say that the target is not there. */
const ABSENT_NAMES: ReadonlySet<string> = new Set(['normal (no lesion)']);

/** Tells whether a diagnosis states that nothing is there, such as "normal (no lesion)". */
export function isAbsentDiagnosis(diagnosis: string): boolean {
  return ABSENT_NAMES.has(diagnosis);
}
