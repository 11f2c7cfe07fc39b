import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataRandom } from '../random.js';
import { answerFor } from './answers.js';
import { labelVocabulary } from './label-vocabulary.js';
import { maskFacts, placeWords } from './mask-facts.js';
import { canonicalQuestion, questionFor } from './questions.js';
import { wrongTargetsFor } from './wrong-targets.js';

const breast = { modality: 'ultrasound', anatomy: 'breast', target: 'breast lesion' };
const retina = { modality: 'fundus photography', anatomy: 'retina', target: 'retinal blood vessels' };

function disc(side: number, [cx, cy, radius]: readonly [number, number, number]): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) + 0.5 - cx, Math.floor(i / side) + 0.5 - cy) <= radius ? 1 : 0,
  );
}

const frame = { widthPx: 64, heightPx: 64 };
const facts = maskFacts(disc(64, [14, 14, 9]), frame);

it('says as little as wanted beside presence and [SEG]', () => {
  const record = { target: 'breast lesion', diagnosis: 'benign breast lesion' };
  const say = (content: 'mask' | 'diagnosis' | 'reasoning') =>
    answerFor(record, facts, { order: 'segment-first', content, random: createDataRandom(1) });
  const kinds = (content: 'mask' | 'diagnosis' | 'reasoning') => new Set(say(content).spans.map(({ kind }) => kind));
  expect([...kinds('mask')].sort()).toEqual(['presence', 'rest', 'seg']);
  expect([...kinds('diagnosis')].sort()).toEqual(['diagnosis', 'presence', 'rest', 'seg']);
  expect(kinds('reasoning').has('place')).toBe(true);
});

describe('questions', () => {
  it('asks as people ask', () => {
    expect(canonicalQuestion(breast)).toBe('Is there a breast lesion in this ultrasound? Outline it.');
    const vessels = 'Are there retinal blood vessels in this fundus photograph? Outline them.';
    expect(canonicalQuestion(retina)).toBe(vessels);
    const asked = Array.from({ length: 400 }, (_, i) => questionFor(retina, createDataRandom(i)));
    expect(asked).toContain('Are there retinal blood vessels in this image? Outline them.');
    expect(new Set(asked).size).toBeGreaterThan(60);
  });

  it('depends on modality, anatomy, target and chance only', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.string(), fc.string(), (seed, diagnosis, id, split) => {
        const full = { ...breast, diagnosis, id, split, mask: null, image: id, patient: diagnosis };
        expect(questionFor(full, createDataRandom(seed))).toBe(questionFor(breast, createDataRandom(seed)));
        expect(canonicalQuestion(full)).toBe(canonicalQuestion(breast));
      }),
    );
  });

  it('never asks a picture for a second target of its own modality as a wrong one', () => {
    expect(wrongTargetsFor(breast)).not.toContain('rib shadow');
    expect(wrongTargetsFor(breast)).toContain('retinal blood vessels');
  });
});

describe('answers', () => {
  it('puts [SEG] first or last and says what the mask shows', () => {
    for (let seed = 0; seed < 60; seed++) {
      const record = { target: 'breast lesion', diagnosis: 'malignant breast lesion' };
      const first = answerFor(record, facts, { order: 'segment-first', random: createDataRandom(seed) }).text;
      const last = answerFor(record, facts, { order: 'reason-first', random: createDataRandom(seed) }).text;
      expect(first).toMatch(/^Yes, [^.]*\[SEG\]\. .*upper left/);
      expect(last).toMatch(/^Yes, .*upper left.*diagnosis is malignant breast lesion\. [^.]*\[SEG\]\.$/);
      for (const text of [first, last]) expect(text.match(/\[SEG\]/g)).toHaveLength(1);
    }
  });

  it('denies without [SEG], and names only a diagnosis that says so', () => {
    const options = { order: 'reason-first', random: createDataRandom(3) } as const;
    const normal = answerFor({ target: 'breast lesion', diagnosis: 'normal (no lesion)' }, null, options).text;
    expect(normal).toMatch(/^No, .*diagnosis is normal \(no lesion\)\.$/);
    const wrong = answerFor({ target: 'ink mark', diagnosis: 'melanoma' }, null, options).text;
    expect(wrong).toMatch(/^No, [^.]*ink mark[^.]*\.$/);
  });

  it('speaks of vessels as vessels', () => {
    const options = { order: 'segment-first', random: createDataRandom(1) } as const;
    const { text } = answerFor({ target: 'retinal blood vessels', diagnosis: null }, facts, options);
    expect(text).not.toMatch(/oval|round|border|diagnosis/);
    expect(text).toMatch(/sparse/);
  });

  it('covers the text with spans in order', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.constantFrom('segment-first', 'reason-first'), (seed, present, order) => {
        const record = { target: 'skin lesion', diagnosis: 'melanoma' };
        const options = { order, random: createDataRandom(seed) } as const;
        const { text, spans } = answerFor(record, present ? facts : null, options);
        expect(spans[0]).toMatchObject({ start: 0, kind: 'presence' });
        expect(spans.at(-1)?.end).toBe(text.length);
        spans.forEach((span, i) => expect(span.start).toBe(i === 0 ? 0 : spans[i - 1]?.end));
        const said = spans.find(({ kind }) => kind === 'diagnosis');
        expect(said && text.slice(said.start, said.end)).toBe(present ? 'melanoma' : undefined);
      }),
    );
  });
});

describe('maskFacts', () => {
  it('tells place, size, shape and border', () => {
    expect(facts).toMatchObject({ row: 'upper', column: 'left', shape: 'round', border: 'smooth', size: 'medium' });
    const middle = maskFacts(disc(64, [32, 32, 4]), frame);
    expect(middle && placeWords(middle)).toBe('central');
    const bar = Uint8Array.from({ length: 64 * 64 }, (_, i) => (Math.floor(i / 64) > 58 && i % 64 > 30 ? 1 : 0));
    expect(maskFacts(bar, frame)).toMatchObject({ row: 'lower', column: 'right', shape: 'elongated' });
    expect(maskFacts(new Uint8Array(64 * 64), frame)).toBeNull();
  });

  it('measures place in the content, not in the padding', () => {
    const found = maskFacts(disc(64, [32, 28, 4]), { ...frame, contentHeightPx: 32 });
    expect(found?.row).toBe('lower');
  });

  it('follows a mask that is mirrored', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 56 }), fc.integer({ min: 8, max: 56 }), (x, y) => {
        const here = maskFacts(disc(64, [x, y, 6]), frame);
        const there = maskFacts(disc(64, [64 - x, y, 6]), frame);
        const swap = { left: 'right', central: 'central', right: 'left' } as const;
        expect(there).toMatchObject({ row: here?.row, column: here && swap[here.column] });
      }),
      { numRuns: 40 },
    );
  });
});

it('names labels once per target, with synonyms of their own', () => {
  for (const labels of Object.values(labelVocabulary)) {
    const words = labels.flatMap(({ name, synonyms }) => [name, ...synonyms]);
    expect(new Set(words).size).toBe(words.length);
  }
});
