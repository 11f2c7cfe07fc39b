/** What can be wrong with a dataset: how grave it is, and a title for people. */
export const FINDING_KINDS = {
  'line-invalid': ['error', 'line that is no case'],
  'file-missing': ['error', 'missing file'],
  'picture-unreadable': ['error', 'picture that cannot be read'],
  'mask-size': ['error', 'mask of another size than its image'],
  'mask-not-binary': ['error', 'mask with values between 0 and 255'],
  'mask-empty': ['error', 'empty mask, but the case says that something is there'],
  'mask-drawn': ['error', 'drawn mask, but the case says that nothing is there'],
  'labels-contradict': ['error', 'contradicting labels of one picture'],
  'patient-in-splits': ['error', 'one patient in two splits'],
  'copy-in-splits': ['error', 'the same picture in two splits'],
  'near-copy-in-splits': ['error', 'nearly the same picture in two splits'],
  'no-masks': ['warning', 'dataset without masks'],
  'one-class': ['warning', 'dataset with one diagnosis'],
  'no-cases': ['warning', 'dataset without cases'],
} as const satisfies Record<string, readonly ['error' | 'warning', string]>;

export type FindingKind = keyof typeof FINDING_KINDS;

/** A case as findings name it. */
export interface CaseMark {
  readonly dataset: string;
  readonly id: string;
  readonly split: string;
  readonly imagePath: string;
  readonly maskPath: string | null;
}

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FindingKind;
  readonly dataset: string;
  /** Null where a line or a whole dataset is meant. */
  readonly case: CaseMark | null;
  /** The other case of a pair, found earlier. */
  readonly other: CaseMark | null;
  readonly detail: string;
}

export function isError({ kind }: Pick<Finding, 'kind'>): boolean {
  return FINDING_KINDS[kind][0] === 'error';
}
