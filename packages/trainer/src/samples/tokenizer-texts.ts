import { createRandom } from '@sim4seg/core';
import { answerFor, labelVocabulary, questionFor } from '@sim4seg/data';
import type { AnswerOrder, MaskFacts } from '@sim4seg/data';

const ROUNDS = 60;
const MODALITIES: Readonly<Record<string, string>> = {
  'skin lesion': 'dermoscopy',
  'ink mark': 'dermoscopy',
  'breast lesion': 'ultrasound',
  'rib shadow': 'ultrasound',
  'retinal blood vessels': 'fundus photography',
  'optic disc': 'fundus photography',
};

/**
 * Questions and answers about every known target with every kind of fact, on which a tokenizer is trained. They do
 * not depend on the cases of a run, so that every run has the same vocabulary.
 */
export function tokenizerTexts(order: AnswerOrder): string[] {
  const texts: string[] = [];
  for (const [target, labels] of Object.entries(labelVocabulary)) {
    const random = createRandom(1).fork(target);
    for (let round = 0; round < ROUNDS; round++) {
      const own = random.fork(round);
      const subject = { modality: MODALITIES[target] ?? 'x-ray', anatomy: '', target };
      const diagnosis = labels.length > 0 ? own.pick(labels).name : null;
      texts.push(questionFor(subject, own.fork('question')));
      texts.push(
        answerFor({ target, diagnosis }, own.uniform() < 0.8 ? anyFacts(own) : null, { order, random: own }).text,
      );
    }
  }
  return texts;
}

function anyFacts(random: ReturnType<typeof createRandom>): MaskFacts {
  return {
    areaShare: 0.1,
    size: random.pick(['small', 'medium', 'large'] as const),
    shape: random.pick(['round', 'oval', 'elongated'] as const),
    border: random.pick(['smooth', 'uneven', 'irregular'] as const),
    row: random.pick(['upper', 'middle', 'lower'] as const),
    column: random.pick(['left', 'central', 'right'] as const),
    lean: random.pick(['left', 'central', 'right'] as const),
    density: random.pick(['sparse', 'moderate', 'dense'] as const),
  };
}
