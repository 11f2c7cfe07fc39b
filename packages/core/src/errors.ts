/**
 * The closed table of error codes: `[exit code, meaning]`. The command `sim4seg` ends with the exit code of the error
 * that stopped it. Codes are never renumbered; a new code is added in its group.
 */
export const ERROR_TABLE = {
  USAGE: [2, 'the command line or a call was put together wrongly'],
  IMAGE_UNREADABLE: [10, 'the image file is missing, damaged or cut off'],
  IMAGE_TOO_LARGE: [11, 'the image has more bytes or pixels than the limit'],
  IMAGE_FORMAT: [12, 'the content is not a picture of a supported format'],
  IMAGE_TOO_SMALL: [13, 'the image has too few pixels to be looked at'],
  FOLDER_EMPTY: [14, 'a folder or pattern holds no picture'],
  QUESTION_EMPTY: [15, 'there is no question'],
  QUESTION_TOO_LONG: [16, 'the question is longer than the limit'],
  CONFIG_INVALID: [20, 'a value of the config tree breaks its form'],
  CONFIG_UNREADABLE: [21, 'the config file is missing or is not JSON or YAML'],
  PLUGIN_MISSING: [22, 'the config names a plugin that nobody registered'],
  PLUGIN_DUPLICATE: [23, 'two plugins carry one id'],
  PLUGIN_VERSION: [24, 'a plugin was made for another version of the contract'],
  PLUGIN_INVALID: [25, 'a plugin broke its contract or failed to create its part'],
  WIRING: [26, 'the chosen parts do not fit together'],
  SHAPE_MISMATCH: [30, 'a tensor has another shape or type than declared'],
  NOT_FINITE: [31, 'a number is NaN or infinite where a finite one is needed'],
  PROGRAM_INVALID: [32, 'a program declaration or its call is inconsistent'],
  TRACE_UNSUPPORTED: [33, 'an operation has no compiled form'],
  TRACE_READS_DATA: [34, 'a program read tensor data while it was traced'],
  ENGINE_MISSING: [35, 'the engine, its package or its provider is not there'],
  ENGINE_FAILED: [36, 'the engine failed while it ran'],
  ENGINE_BUSY: [37, 'more work waits for the engine than the limit allows'],
  GRAPH_INVALID: [38, 'a file is no ONNX model, or a damaged one'],
  WEIGHTS_INVALID: [40, 'a weights file is damaged or lacks tensors'],
  TOKENIZER_INVALID: [41, 'a tokenizer file is damaged or inconsistent'],
  BUNDLE_MISSING: [42, 'there is no bundle at this place'],
  BUNDLE_DAMAGED: [43, 'a file of a bundle is missing or differs from its hash'],
  CHECKPOINT_MISMATCH: [44, 'a checkpoint belongs to another architecture or config'],
  CHECKPOINT_DAMAGED: [45, 'a checkpoint is missing, cut off or differs from its hash'],
  DOWNLOAD_FAILED: [46, 'a download broke off or is not what was announced'],
  CASES_INVALID: [50, 'cases.jsonl or the case folder breaks its form'],
  PATH_OUTSIDE: [51, 'a path leaves the folder that it must stay in'],
  SPLIT_FORBIDDEN: [52, 'a case of this split may not be used for this'],
  TRAINING_DIVERGED: [53, 'the loss or a gradient is no longer finite'],
  WRITE_FAILED: [60, 'a file could not be written'],
  DISK_FULL: [61, 'the disk is full'],
  ABORTED: [70, 'the caller stopped the work'],
  REPLAY_MISMATCH: [71, 'the recomputed answer, the image or the bundle differs from the record'],
  RECORD_INVALID: [72, 'a run record is damaged or of an unknown version'],
  INTERNAL: [99, 'a defect of sim4seg itself'],
} as const satisfies Record<string, readonly [exitCode: number, meaning: string]>;

/** One of the closed table of codes. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** The three parts of a message: what must hold, what came, what to do. */
export interface ErrorParts {
  readonly must: string;
  readonly got: string;
  readonly fix: string;
  readonly cause?: unknown;
}

const MARK = Symbol.for('sim4seg.error');

/**
 * The only error class of sim4seg. Recognise it with {@link isSim4SegError}, not with `instanceof`: two copies of this
 * package understand each other by the mark.
 */
export class Sim4SegError extends Error {
  override readonly name = 'Sim4SegError';
  readonly [MARK] = true;
  readonly code: ErrorCode;
  readonly must: string;
  readonly got: string;
  readonly fix: string;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(formatMessage(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.must = parts.must;
    this.got = parts.got;
    this.fix = parts.fix;
  }

  /** Exit code of a command that this error stopped, 1..99. */
  get exitCode(): number {
    return ERROR_TABLE[this.code][0];
  }
}

/** Tells whether a caught value is a {@link Sim4SegError}, also one of another copy of this package. */
export function isSim4SegError(value: unknown): value is Sim4SegError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Exit code for any thrown value: that of its code, or that of INTERNAL. */
export function exitCodeOf(error: unknown): number {
  const code = isSim4SegError(error) ? error.code : 'INTERNAL';
  return (ERROR_TABLE[code] ?? ERROR_TABLE.INTERNAL)[0];
}

/** Any thrown value as a {@link Sim4SegError}; a foreign one becomes `code` with the foreign one as cause. */
export function toSim4SegError(
  error: unknown,
  code: ErrorCode,
  parts: Omit<ErrorParts, 'got' | 'cause'>,
): Sim4SegError {
  if (isSim4SegError(error)) return error;
  const got = error instanceof Error ? error.message : String(error);
  return new Sim4SegError(code, { ...parts, got, cause: error });
}

/** Throws ABORTED when the signal is aborted. */
export function expectNotAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new Sim4SegError('ABORTED', {
    must: 'The work runs until its answer is there',
    got: 'the caller aborted it',
    fix: 'ask again without aborting',
    cause: signal.reason,
  });
}

function formatMessage({ must, got, fix }: ErrorParts): string {
  const end = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
  return `${end(must)} Got: ${end(got)} Fix: ${end(fix)}`;
}
