/** One line of `cases.jsonl`; unknown fields are kept by readers. Paths relative to the dataset's folder. */
export interface CaseRecord {
  readonly id: string;
  readonly image: string;
  readonly mask?: string | null | undefined;
  readonly modality: string;
  readonly anatomy: string;
  readonly target: string;
  readonly diagnosis?: string | null | undefined;
  readonly patient?: string | null | undefined;
  readonly split: string;
  readonly question?: string | undefined;
}

export interface Dataset {
  readonly name: string;
  cases(): AsyncIterable<CaseRecord>;
  /** Encoded bytes of a file that a case names. */
  read(path: string): Promise<Uint8Array>;
}

export interface Importer {
  open(source: string): Promise<readonly Dataset[]>;
}
