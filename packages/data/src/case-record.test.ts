import fc from 'fast-check';
import { isSim4SegError } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { parseCaseLine } from './case-record.js';

const place = { file: 'cases.jsonl', line: 7 };
const good = {
  id: 'a_1',
  image: 'images/a.png',
  mask: null,
  modality: 'ultrasound',
  anatomy: 'breast',
  target: 'breast lesion',
  split: 'train',
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return isSim4SegError(error) ? error.code : `foreign ${String(error)}`;
  }
};

describe('parseCaseLine', () => {
  it('keeps unknown fields and takes null or absent for the optional ones', () => {
    const record = parseCaseLine(JSON.stringify({ ...good, question: null, site: { room: 3 } }), place);
    expect(record).toMatchObject({ id: 'a_1', mask: null, site: { room: 3 } });
    expect(record.question).toBeUndefined();
    expect(record.diagnosis).toBeUndefined();
  });

  it('names the line number and the field', () => {
    const bad = JSON.stringify({ ...good, target: 4 });
    expect(() => parseCaseLine(bad, place)).toThrow(/line 7: "target"/);
    expect(() => parseCaseLine('{', place)).toThrow(/line 7: text that is not JSON/);
  });

  it.each(['', '.', '..', '../a', 'a/b', 'a\\b', '.hidden', 'a\0', 'a.', 'x'.repeat(300), 'a:b', 'a\n'])(
    'refuses the id %j',
    (id) => expect(codeOf(() => parseCaseLine(JSON.stringify({ ...good, id }), place))).toBe('CASES_INVALID'),
  );

  it.each(['isic2017_ISIC_0000002', 'Fall 12 (links)', 'münchen-3.b', '007'])('takes the id %j', (id) =>
    expect(parseCaseLine(JSON.stringify({ ...good, id }), place).id).toBe(id),
  );

  it('refuses a prototype key and a newer schema version', () => {
    expect(codeOf(() => parseCaseLine(`{"__proto__":{"x":1},${JSON.stringify(good).slice(1)}`, place))).toBe(
      'CASES_INVALID',
    );
    expect(codeOf(() => parseCaseLine(JSON.stringify({ ...good, schemaVersion: 2 }), place))).toBe('CASES_INVALID');
  });

  it('answers any text with a record or the code', () => {
    const objects = fc.record(
      { ...Object.fromEntries(Object.keys(good).map((key) => [key, fc.jsonValue()])), extra: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const lines = fc.oneof(
      fc.string(),
      fc.json(),
      objects.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const code = codeOf(() => parseCaseLine(line, place));
        expect(['none', 'CASES_INVALID']).toContain(code);
      }),
    );
  });
});
