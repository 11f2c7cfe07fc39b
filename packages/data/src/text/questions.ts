import type { CaseSubject } from '../case-record.js';
import { pick } from '../random.js';
import type { Chance } from '../random.js';
import { imageWord, withArticle, wordsForTarget } from './target-words.js';

interface QuestionWords {
  readonly be: 'Is' | 'Are';
  /** "a skin lesion" */
  readonly some: string;
  /** "skin lesion" */
  readonly name: string;
  readonly it: 'it' | 'them';
  readonly image: string;
  /** "what it is" */
  readonly what: string;
}

const CANONICAL = (w: QuestionWords): string => `${w.be} there ${w.some} in this ${w.image}? Outline ${w.it}.`;

const PHRASINGS: readonly ((w: QuestionWords) => string)[] = [
  CANONICAL,
  CANONICAL,
  (w) => `${w.be} there ${w.some} in this ${w.image}? Outline ${w.it} and tell me ${w.what}.`,
  (w) => `${w.be} there ${w.some}? Segment ${w.it}.`,
  (w) => `Please find the ${w.name} in this ${w.image} and tell me ${w.what}.`,
  (w) => `Segment the ${w.name}.`,
  (w) => `Outline the ${w.name} in this ${w.image}.`,
  (w) => `Does this ${w.image} show ${w.some}? Outline ${w.it} and give a diagnosis.`,
  (w) => `Can you see ${w.some} in this ${w.image}? Show me where.`,
  (w) => `Where ${w.be.toLowerCase()} the ${w.name} in this ${w.image}?`,
  (w) => `What is the diagnosis? Mark the ${w.name}.`,
  (w) => `Find ${w.some} in this ${w.image}.`,
];

/**
 * The fixed question of evaluation, such as "Is there a breast lesion in this ultrasound? Outline it.".
 * Depends on modality and target only, so that present and absent cases are asked in the same words.
 */
export function canonicalQuestion(subject: CaseSubject): string {
  return CANONICAL(questionWords(subject, { image: imageWord(subject.modality), nameIndex: 0 }));
}

/**
 * One of many ways in which a person would ask, also careless ones (lower case, no punctuation).
 * Depends on modality, anatomy, target and chance only: never on the diagnosis, the mask or presence.
 */
export function questionFor(subject: CaseSubject, random: Chance): string {
  const names = wordsForTarget(subject.target).names.length;
  const nameIndex = random.uniform() < 0.6 ? 0 : Math.floor(random.uniform() * names);
  const image = pick([imageWord(subject.modality), 'image', 'picture'], random);
  const question = pick(PHRASINGS, random)(questionWords(subject, { image, nameIndex }));
  return rewriteCasually(question, random);
}

function questionWords(
  subject: CaseSubject,
  { image, nameIndex }: { image: string; nameIndex: number },
): QuestionWords {
  const { names, plural } = wordsForTarget(subject.target);
  const name = names[nameIndex] ?? subject.target;
  return {
    be: plural ? 'Are' : 'Is',
    some: withArticle(name, plural),
    name,
    it: plural ? 'them' : 'it',
    image,
    what: plural ? 'what you see' : 'what it is',
  };
}

function rewriteCasually(question: string, random: Chance): string {
  const style = random.uniform();
  if (style < 0.62) return question;
  if (style < 0.8) return question.toLowerCase();
  if (style < 0.9) return question.replace(/[?.,]/g, '').toLowerCase();
  if (style < 0.97) return question.replace(/[.?]$/, '');
  return question.toUpperCase();
}
