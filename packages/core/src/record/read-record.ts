import { Sim4SegError } from '../errors.js';
import { RUN_RECORD_VERSION, runRecordSchema } from './run-record.js';
import type { RunRecord } from './run-record.js';

/**
 * Reads the parsed JSON of a `result.json` of this or an older version. Unknown fields are dropped.
 * @throws RECORD_INVALID with the fields that do not hold, or with both versions
 */
export function parseRunRecord(value: unknown): RunRecord {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > RUN_RECORD_VERSION) {
    throw invalid(`schemaVersion ${version}, this sim4seg reads up to ${RUN_RECORD_VERSION}`, 'update sim4seg');
  }
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'the top'}: ${issue.message}`);
  throw invalid(fields.join('; '), 'give the result.json as sim4seg wrote it');
}

function invalid(got: string, fix: string): Sim4SegError {
  return new Sim4SegError('RECORD_INVALID', { must: 'A run record has the form of result.json', got, fix });
}
