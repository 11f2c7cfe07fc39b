import type { DiagnosisLabel, LabelVocabulary } from '../contracts/bundle.js';

/** A label that a text names. */
export interface NamedDiagnosis {
  readonly id: string;
  readonly name: string;
}

/** What a text says about the diagnosis; `unparsed` is an outcome and counts as wrong. */
export type ParsedDiagnosis = NamedDiagnosis | 'unparsed';

/**
 * Reads the diagnosis of an answer against a vocabulary.
 * 1. Text and labels are compared as words: lower case, everything but letters and digits is a space.
 * 2. Behind the last "diagnosis is" (to the end of the text), the longest name or synonym counts; where none is there,
 *    the longest one anywhere in the text.
 * 3. Two labels with matches of one length: `unparsed`. No match: `unparsed`.
 */
export function parseDiagnosis(text: string, vocabulary: LabelVocabulary | readonly DiagnosisLabel[]): ParsedDiagnosis {
  const labels: readonly DiagnosisLabel[] = isLabelList(vocabulary) ? vocabulary : Object.values(vocabulary).flat();
  const words = toWords(text);
  const marker = ' diagnosis is ';
  const at = words.lastIndexOf(marker);
  const behind = at < 0 ? 'unparsed' : longestMatch(words.slice(at + marker.length - 1), labels);
  return behind === 'unparsed' ? longestMatch(words, labels) : behind;
}

function isLabelList(vocabulary: LabelVocabulary | readonly DiagnosisLabel[]): vocabulary is readonly DiagnosisLabel[] {
  return Array.isArray(vocabulary);
}

function longestMatch(words: string, labels: readonly DiagnosisLabel[]): ParsedDiagnosis {
  let best: NamedDiagnosis[] = [];
  let bestLength = 0;
  for (const { id, name, synonyms } of labels) {
    for (const term of [name, ...synonyms].map(toWords)) {
      if (term.length < Math.max(3, bestLength) || !words.includes(term)) continue;
      if (term.length > bestLength) best = [];
      bestLength = term.length;
      if (!best.some((label) => label.id === id)) best.push({ id, name });
    }
  }
  const [only] = best;
  return best.length === 1 && only ? only : 'unparsed';
}

/** Lower-case words, one space between and around them. */
function toWords(text: string): string {
  return ` ${text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(' ')} `;
}
