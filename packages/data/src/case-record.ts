import { Sim4SegError } from '@sim4seg/core';
import { z } from 'zod';

/** Version that writers of `cases.jsonl` state; lines without it are read as this version. */
export const CASES_SCHEMA_VERSION = 1;

/** An id names files of results, so it must be a plain file name on every system. */
const SAFE_ID = /^[\p{L}\p{N}_][\p{L}\p{N}_.+=@,() -]{0,199}$/u;

const text = z.string().min(1).max(4000);

/** One line of `cases.jsonl`. Unknown fields are kept as they came. */
export const caseRecordSchema = z.looseObject({
  schemaVersion: z.literal(CASES_SCHEMA_VERSION).optional(),
  id: z
    .string()
    .regex(SAFE_ID, 'must be a plain file name of at most 200 letters, digits, dots, dashes or underscores')
    .refine((id) => !/[. ]$/.test(id), 'must not end with a dot or a blank'),
  image: text,
  mask: text.nullish(),
  modality: text,
  anatomy: text,
  target: text,
  diagnosis: text.nullish(),
  patient: text.nullish(),
  split: z.string(),
  question: text.nullish().transform((question) => question ?? undefined),
});

/** One case as its dataset describes it; paths are relative to the dataset's folder. */
export type CaseRecord = z.infer<typeof caseRecordSchema>;

/** What a question may be made of: never the diagnosis, the mask, the id, the path or the split. */
export type CaseSubject = Pick<CaseRecord, 'modality' | 'anatomy' | 'target'>;

/** Where a line stands, for messages. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/**
 * Reads one line of `cases.jsonl`.
 * @throws CASES_INVALID with file, line number and field
 */
export function parseCaseLine(source: string, place: LinePlace): CaseRecord {
  const value = parseJson(source, place);
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    throw invalidLine(place, 'a field named "__proto__"');
  }
  const result = caseRecordSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalidLine(place, `"${issue?.path.join('.') || 'the line'}": ${issue?.message ?? 'unreadable'}`, result.error);
}

/** The error of a bad line; also used by readers that check several lines against each other. */
export function invalidLine(place: LinePlace, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('CASES_INVALID', {
    must: 'Every line of cases.jsonl must be a JSON object with id, image, modality, anatomy, target and split',
    got: `${place.file}, line ${place.line}: ${got}`,
    fix: 'Correct or remove that line; the form is described in the documentation of the data package',
    cause,
  });
}

function parseJson(source: string, place: LinePlace): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw invalidLine(place, 'text that is not JSON', cause);
  }
}
