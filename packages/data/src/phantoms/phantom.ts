import type { CaseSubject } from '../case-record.js';
import type { MaskPicture, Picture } from '../picture.js';

/** Kinds of phantoms that are drawn. */
export type PhantomKind = 'dermoscopy' | 'breast-ultrasound' | 'fundus' | 'limb-xray';

/** Phantom seeds of the two splits never meet. */
export type PhantomSplit = 'train' | 'val';

/** One thing that can be asked of a phantom; `mask` is empty where `present` is false. */
export interface PhantomTarget extends CaseSubject {
  readonly present: boolean;
  readonly diagnosis: string | null;
  readonly mask: MaskPicture;
}

/** A drawn picture with everything that may be asked about it. */
export interface Phantom {
  readonly kind: PhantomKind;
  readonly split: PhantomSplit;
  /** The number that decides every pixel. */
  readonly phantomSeed: number;
  readonly picture: Picture;
  readonly targets: readonly PhantomTarget[];
}

/** What a drawing function gives back. */
export type Drawing = Pick<Phantom, 'picture' | 'targets'>;

/** Size of a drawing; features scale with `sidePx / 256`. */
export interface DrawingSize {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Pixels per drawing unit; a picture is 256 units wide. */
  readonly unitPx: number;
}
