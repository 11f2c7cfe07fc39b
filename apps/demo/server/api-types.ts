/** What server and page say to each other; plain JSON. */

export interface DemoState {
  readonly notice: string;
  readonly bundle: { readonly name: string; readonly version: string };
  readonly plugins: { readonly regionPrior: string[]; readonly maskDecoder: string[]; readonly selector: string[] };
  readonly defaults: AnswerOptions;
  readonly limits: { readonly imageBytes: number; readonly questionCharacters: number };
}

export interface PhantomChoice {
  readonly id: string;
  readonly title: string;
  readonly question: string;
}

/** The part of the config that the page changes. */
export interface AnswerOptions {
  readonly regionPrior: string;
  readonly gridCells: number;
  readonly topN: number;
  readonly maskDecoder: string;
  readonly selector: string;
  readonly paths: number;
  readonly masks: number;
  readonly seed: number;
}

export interface AnswerRequest {
  readonly imageId: string;
  readonly question: string;
  readonly options: AnswerOptions;
}

export interface UploadedImage {
  readonly imageId: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface CandidateView {
  readonly path: number;
  readonly mask: number;
  readonly chosen: boolean;
  readonly scores: Readonly<Record<string, number>>;
  readonly diagnosis: string | null;
  readonly maskUrl: string;
}

/** Similarity and cells of the chosen path, over the square model frame. */
export interface EvidenceView {
  readonly similarity: { readonly rows: number; readonly columns: number; readonly values: readonly number[] } | null;
  /** `over` says whether the grid lies over the square frame or over the image in it. */
  readonly cells: {
    readonly gridCells: number;
    readonly chosen: readonly number[];
    readonly over: 'frame' | 'content';
  } | null;
  /** Share of the square frame that the image fills. */
  readonly contentWidth: number;
  readonly contentHeight: number;
}

export interface FindingView {
  readonly presence: 'present' | 'absent' | 'unsure';
  readonly diagnosis: string | null;
  readonly confidence: number;
  readonly maskUrl: string | null;
  readonly candidates: readonly CandidateView[];
  readonly evidence: EvidenceView | null;
}

export interface AnswerView {
  readonly presence: 'present' | 'absent' | 'unsure';
  readonly diagnosis: string | null;
  readonly reasoning: string;
  readonly confidence: number;
  readonly selector: string;
  readonly maskUrl: string | null;
  readonly findings: readonly FindingView[];
  readonly ms: number;
}

/** One line of the answer's stream. */
export type AnswerLine =
  | { readonly type: 'token'; readonly path: number; readonly text: string }
  | { readonly type: 'stage'; readonly text: string }
  | { readonly type: 'answer'; readonly answer: AnswerView }
  | { readonly type: 'error'; readonly code: string; readonly message: string };
