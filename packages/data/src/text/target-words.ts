/** How a target is spoken of. */
export interface TargetWords {
  /** Names a person would use, the usual one first. */
  readonly names: readonly string[];
  readonly plural: boolean;
  /** A net of fine lines rather than one body: size, shape and border words do not fit it. */
  readonly network: boolean;
}

const one = (...names: string[]): TargetWords => ({ names, plural: false, network: false });

/** Targets of the shipped data sets and phantoms, by the string of their `target` field. */
const KNOWN_TARGETS: Readonly<Record<string, TargetWords>> = {
  'skin lesion': one('skin lesion', 'lesion', 'mole'),
  'breast lesion': one('breast lesion', 'lesion', 'breast mass'),
  'fracture region (coarse polygon)': one('bone fracture', 'fracture', 'fracture region'),
  'retinal blood vessels': {
    names: ['retinal blood vessels', 'blood vessels', 'retinal vessels'],
    plural: true,
    network: true,
  },
  'ink mark': one('ink mark', 'pen mark'),
  'rib shadow': one('rib shadow', 'shadow of a rib'),
  'optic disc': one('optic disc', 'optic nerve head'),
  'metal implant': one('metal implant', 'implant', 'metal hardware'),
};

const IMAGE_WORDS: Readonly<Record<string, string>> = {
  ultrasound: 'ultrasound',
  dermoscopy: 'dermoscopy image',
  'x-ray': 'x-ray',
  'fundus photography': 'fundus photograph',
  'clinical photograph': 'photograph',
  endoscopy: 'endoscopy image',
};

/** Words for a target; an unknown one is spoken of by its own string without what stands in brackets. */
export function wordsForTarget(target: string): TargetWords {
  const known = Object.hasOwn(KNOWN_TARGETS, target) ? KNOWN_TARGETS[target] : undefined;
  if (known !== undefined) return known;
  const bare = target.replace(/\s*\([^)]*\)/g, '').trim() || target;
  const name = bare.replace(/^both /, '');
  return { names: [name], plural: name !== bare || /[^aius]s$/i.test(name), network: false };
}

/** The word for a picture of this modality, such as "ultrasound". */
export function imageWord(modality: string): string {
  return (Object.hasOwn(IMAGE_WORDS, modality) ? IMAGE_WORDS[modality] : undefined) ?? 'image';
}

/** The name with its indefinite article, none in the plural. */
export function withArticle(name: string, plural: boolean): string {
  if (plural) return name;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}
