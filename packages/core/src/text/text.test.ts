import { describe, expect, it } from 'vitest';
import { parseDiagnosis } from './parse-diagnosis.js';
import { parsePresence } from './parse-presence.js';
import { suggest } from './suggest.js';
import { voteDiagnosis } from './vote-diagnosis.js';

const label = (id: string, name: string, ...synonyms: string[]): { id: string; name: string; synonyms: string[] } => ({
  id,
  name,
  synonyms,
});
const vocabulary = {
  'breast lesion': [
    label('benign', 'benign breast lesion', 'fibroadenoma'),
    label('malignant', 'malignant breast lesion', 'breast cancer'),
    label('normal', 'normal (no lesion)'),
  ],
  'skin lesion': [label('nevus', 'nevus', 'mole'), label('melanoma', 'melanoma')],
};
const idOf = (text: string): string => {
  const parsed = parseDiagnosis(text, vocabulary);
  return parsed === 'unparsed' ? parsed : parsed.id;
};

describe('diagnosis of a text', () => {
  it.each([
    ['Yes. The diagnosis is malignant breast lesion.', 'malignant'],
    ['A melanoma was feared. The diagnosis is a Nevus!', 'nevus'],
    ['The diagnosis is NORMAL (no lesion).', 'normal'],
    ['The diagnosis is normal: no  lesion', 'normal'],
    ['It looks like breast cancer', 'malignant'],
    ['The most likely diagnosis: fibroadenoma.', 'benign'],
    ['The diagnosis is unknown. It could be a mole.', 'nevus'],
    ['The diagnosis is melanomatous change', 'unparsed'],
    ['melanoma , or malignant breast lesion', 'malignant'],
    ['', 'unparsed'],
  ])('%s', (text, id) => expect(idOf(text)).toBe(id));

  it('leaves a tie unparsed, but not two words of one label', () => {
    const labels = [label('a', 'alpha'), label('b', 'gamma', 'betaa')];
    expect(parseDiagnosis('the diagnosis is alpha or gamma', labels)).toBe('unparsed');
    expect(parseDiagnosis('gamma betaa', labels)).toEqual({ id: 'b', name: 'gamma' });
  });
});

describe('presence of a text', () => {
  it.each([
    ['Yes, it is [SEG]. There is no calcification.', 'present'],
    ['No, there is no breast lesion in this image.', 'absent'],
    ['There is no breast lesion in this image.', 'absent'],
    ['The border is smooth. It is [SEG].', 'present'],
    ['I am not sure. Yes or no.', 'unsure'],
    ['The lesion is not visible.', 'absent'],
    ['The finding is small.', 'unsure'],
    ['Sure, it is [SEG].', 'present'],
    ['', 'unsure'],
  ] as const)('%s', (text, presence) => expect(parsePresence(text)).toBe(presence));
});

describe('vote on the diagnosis', () => {
  const a = { id: 'a', name: 'A' };
  const b = { id: 'b', name: 'B' };
  it('takes the majority, then the most probable path, and ignores unparsed votes', () => {
    expect(
      voteDiagnosis([
        { diagnosis: a, pathLogProb: -9 },
        { diagnosis: b, pathLogProb: -1 },
        { diagnosis: a, pathLogProb: -9 },
      ]),
    ).toBe(a);
    expect(
      voteDiagnosis([
        { diagnosis: a, pathLogProb: -9 },
        { diagnosis: b, pathLogProb: -1 },
      ]),
    ).toBe(b);
    expect(
      voteDiagnosis([
        { diagnosis: 'unparsed', pathLogProb: 0 },
        { diagnosis: 'unparsed', pathLogProb: 0 },
        { diagnosis: a, pathLogProb: -9 },
      ]),
    ).toBe(a);
    expect(voteDiagnosis([])).toBe('unparsed');
  });
});

describe('suggestions', () => {
  it('name a close word only', () => {
    expect(suggest('topcell', ['none', 'topCells'])).toMatch(/topCells/);
    expect(suggest('xyzzy', ['none', 'topCells'])).toBeUndefined();
  });
});
