import type {
  Answer,
  ConfigTree,
  Finding,
  MaskBits,
  MedicalImage,
  Presence,
  RunRecord,
  TtsConfig,
} from '@sim4seg/core';

/** A question about an image. */
export interface DiagnoseRequest {
  /** Encoded bytes (PNG, JPEG, TIFF or WebP), the path of a file, or a decoded image. */
  readonly image: Uint8Array | string | MedicalImage;
  /** Name of the picture in the record; the file's own name where a path is given. */
  readonly name?: string | undefined;
  readonly question: string;
  readonly seed?: number | undefined;
  readonly tts?: Partial<TtsConfig> | undefined;
  /** Changes of the config for this answer alone, such as another region prior; expensive parts are shared. */
  readonly config?: ConfigTree | undefined;
  /** Aborting rejects at once. */
  readonly signal?: AbortSignal | undefined;
  /** Who asks, such as a user of a server: waiting calls are served client by client in turn. */
  readonly client?: string | undefined;
}

/** The answer as a person and a program read it. Research use only. */
export interface Diagnosis {
  readonly presence: Presence;
  /** Name of the label, or 'unparsed'. */
  readonly diagnosis: string;
  readonly reasoning: string;
  /** 0..1; not calibrated. */
  readonly confidence: number;
  readonly findings: readonly Finding[];
  /** Union of all findings in the original frame; null where the wiring can give no mask. */
  readonly maskBits: MaskBits | null;
  readonly image: MedicalImage;
  readonly answer: Answer;
  /** What `result.json` holds. */
  readonly record: RunRecord;
  /** Stands in every export. */
  readonly notice: string;
}
