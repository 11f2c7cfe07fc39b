import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fakeParts, fakePath, testImage } from '../../test/fake-parts.js';
import { resolveConfig } from '../config/resolve-config.js';
import { decodeRle } from '../masks/rle.js';
import { masksEqual } from '../masks/mask-bits.js';
import { createPipeline } from '../pipeline/pipeline.js';
import type { Answer } from '../pipeline/answer.js';
import { hashJson, sha256Hex, stableJson } from './hash.js';
import { parseRunRecord } from './read-record.js';
import { toRunRecord } from './to-record.js';
import type { RunRecord } from './run-record.js';

const part = { use: 'fake' };
const preset = {
  lvlm: part,
  regionPrior: part,
  imageEncoder: part,
  promptEncoder: part,
  maskDecoder: part,
  presence: part,
  selector: part,
};
const zeroHash = '0'.repeat(64);

async function makeRecord(): Promise<{ answer: Answer; record: RunRecord }> {
  const { parts } = fakeParts([fakePath(0, 'The diagnosis is benign. It is [SEG].', 1), fakePath(1, 'No.', 0)]);
  const config = resolveConfig({ tts: { paths: 2, masks: 2 } }, preset);
  const answer = await createPipeline(parts, { tts: config.tts, now: () => 0 }).answer({
    image: testImage,
    question: 'Is it?',
    seed: 3,
  });
  const record = toRunRecord(answer, {
    question: 'Is it?',
    input: { name: 'a.png', sha256: zeroHash, widthPx: 16, heightPx: 8 },
    bundle: { name: 'fake', version: '1.0.0', sha256: zeroHash },
    parts: [],
    pluginVersions: {},
    config,
    versions: { sim4seg: '0.1.0' },
    notice: 'Research software.',
  });
  return { answer, record };
}

describe('run record', () => {
  it('begins as documented, survives JSON, and holds what a replay and a selector need', async () => {
    const { answer, record } = await makeRecord();
    expect(Object.keys(record).slice(0, 6)).toEqual([
      'schemaVersion',
      'presence',
      'diagnosis',
      'reasoning',
      'confidence',
      'findings',
    ]);
    const read = parseRunRecord(JSON.parse(JSON.stringify(record)));
    expect(read).toEqual(record);
    const [finding] = read.findings;
    const rle = finding?.mask as { size: [number, number]; counts: string };
    expect(masksEqual(decodeRle(rle, 'image-a'), answer.maskBits as never)).toBe(true);
    const scores = (finding?.candidates ?? []).map(({ score }) => score);
    expect(scores.indexOf(Math.max(...scores))).toBe(finding?.selected);
    expect(read.run).toMatchObject({ seed: 3, tts: { paths: 2, masks: 2 }, paths: [{ segCount: 1 }, { segCount: 0 }] });
  });

  it('reads the committed file of version 1', () => {
    const file = new URL('../../test/result-v1.json', import.meta.url);
    const read = parseRunRecord(JSON.parse(readFileSync(file, 'utf8')));
    expect([read.schemaVersion, read.presence, read.diagnosis, read.run.seed]).toEqual([1, 'present', 'benign', 3]);
  });

  it('reads records whose masks were deleted', async () => {
    const { record } = await makeRecord();
    const stripped = JSON.parse(
      JSON.stringify(record, (key, value: unknown) =>
        /^(mask|maskRle)$/.test(key) && typeof value === 'object' ? undefined : value,
      ),
    );
    expect(parseRunRecord(stripped).run.seed).toBe(3);
  });

  it('refuses damaged and newer records with a code', () => {
    const invalid = expect.objectContaining({ code: 'RECORD_INVALID' });
    expect(() => parseRunRecord({ schemaVersion: 2 })).toThrow(/up to 1.*update/s);
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(() => parseRunRecord(value)).toThrow(invalid)));
  });
});

describe('hashes', () => {
  it('do not depend on the order of keys', async () => {
    expect(stableJson({ b: 1, a: [{ d: 2, c: undefined }] })).toBe('{"a":[{"d":2}],"b":1}');
    expect(await hashJson({ b: 1, a: 2 })).toBe(await hashJson({ a: 2, b: 1 }));
  });
  it('are sha256', async () => {
    expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
