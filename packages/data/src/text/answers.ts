import type { CaseRecord } from '../case-record.js';
import { pick } from '../random.js';
import type { Chance } from '../random.js';
import { isAbsentDiagnosis } from './label-vocabulary.js';
import { placeWords } from './mask-facts.js';
import type { MaskFacts } from './mask-facts.js';
import { annotate } from './spans.js';
import type { AnnotatedText, Piece } from './spans.js';
import { withArticle, wordsForTarget } from './target-words.js';

/** Where the sentence with the seg token stands; see the design's facts about the method. */
export type AnswerOrder = 'segment-first' | 'reason-first';

/** How much an answer says beside presence and [SEG]: nothing, the diagnosis, or the facts of the mask as well. */
export type AnswerContent = 'mask' | 'diagnosis' | 'reasoning';

type Sentence = readonly (string | Piece)[];
interface Speech {
  readonly name: string;
  readonly some: string;
  readonly plural: boolean;
}

const YES: Piece = { text: 'Yes', kind: 'presence' };
const NO: Piece = { text: 'No', kind: 'presence' };
const SEG: Piece = { text: '[SEG]', kind: 'seg' };

/**
 * The answer that training teaches for a case: presence, facts of the mask, diagnosis and one [SEG].
 * Without facts (empty mask, wrong target) it denies, has no [SEG], and names a diagnosis only if that one says that
 * nothing is there. Training only: at inference every character is sampled from the model.
 * @param facts of the augmented mask, so that words and picture agree; null where the target is not there
 */
export function answerFor(
  record: Pick<CaseRecord, 'target' | 'diagnosis'>,
  facts: MaskFacts | null,
  {
    order,
    content = 'reasoning',
    random,
  }: { readonly order: AnswerOrder; readonly content?: AnswerContent | undefined; readonly random: Chance },
): AnnotatedText {
  const { names, plural, network } = wordsForTarget(record.target);
  const name = names[0] ?? record.target;
  const speech: Speech = { name, some: withArticle(name, plural), plural };
  const diagnosis = content === 'mask' ? null : (record.diagnosis ?? null);
  if (facts === null) return annotate(absentAnswer(diagnosis, speech, random));
  const described = network ? networkSentences : bodySentences;
  const reasons = [
    ...(content === 'reasoning' ? described(facts, random) : []),
    ...diagnosisSentences(diagnosis, random),
  ];
  const sentences =
    order === 'segment-first'
      ? [segFirst(speech, random), ...reasons]
      : [present(speech, random), ...reasons, segLast(speech, random)];
  return annotate(sentences);
}

function absentAnswer(diagnosis: string | null, { name, plural }: Speech, random: Chance): Sentence[] {
  const be = plural ? 'are' : 'is';
  const denial: Sentence = pick<Sentence>(
    [
      [NO, `, there ${be} no ${name} in this image.`],
      [NO, `, no ${name} can be seen in this image.`],
      [NO, `, this image shows no ${name}.`],
    ],
    random,
  );
  const stated = diagnosis !== null && isAbsentDiagnosis(diagnosis);
  return stated ? [denial, ...diagnosisSentences(diagnosis, random)] : [denial];
}

function segFirst({ name, plural }: Speech, random: Chance): Sentence {
  return pick<Sentence>(
    plural
      ? [
          [YES, ', they are ', SEG, '.'],
          [YES, ', here they are: ', SEG, '.'],
          [YES, `, the ${name} are `, SEG, '.'],
        ]
      : [
          [YES, ', it is ', SEG, '.'],
          [YES, ', here it is: ', SEG, '.'],
          [YES, `, the ${name} is `, SEG, '.'],
        ],
    random,
  );
}

function segLast({ name, plural }: Speech, random: Chance): Sentence {
  return pick<Sentence>(
    plural
      ? [
          ['They are ', SEG, '.'],
          ['The outline is ', SEG, '.'],
          [`The ${name} are `, SEG, '.'],
        ]
      : [
          ['It is ', SEG, '.'],
          ['The outline is ', SEG, '.'],
          [`The ${name} is `, SEG, '.'],
        ],
    random,
  );
}

function present({ some, plural }: Speech, random: Chance): Sentence {
  return pick<Sentence>(
    [
      [YES, `, there ${plural ? 'are' : 'is'} ${some} in this image.`],
      [YES, `, ${some} can be seen in this image.`],
      [YES, `, this image shows ${some}.`],
    ],
    random,
  );
}

function bodySentences(facts: MaskFacts, random: Chance): Sentence[] {
  const size: Piece = { text: facts.size, kind: 'size' };
  const shape: Piece = { text: facts.shape, kind: 'shape' };
  const border: Piece = { text: facts.border, kind: 'shape' };
  const place: Piece = { text: placeWords(facts), kind: 'place' };
  return [
    pick<Sentence>(
      [
        ['The finding is ', size, ' and ', shape, ' and lies in the ', place, ' part.'],
        ['It is ', size, ' and ', shape, ' and lies in the ', place, ' part of the image.'],
        ['In the ', place, ' part lies a ', size, ' and ', shape, ' finding.'],
      ],
      random,
    ),
    pick<Sentence>(
      [
        ['The border is ', border, '.'],
        ['Its border is ', border, '.'],
        ['The border looks ', border, '.'],
      ],
      random,
    ),
  ];
}

function networkSentences(facts: MaskFacts, random: Chance): Sentence[] {
  const density: Piece = { text: facts.density, kind: 'size' };
  const column: Piece = { text: facts.lean, kind: 'place' };
  return [
    pick<Sentence>(
      [
        ['The vessels form a ', density, ' branching network.'],
        ['They branch into a ', density, ' network.'],
        ['The branching network is ', density, '.'],
      ],
      random,
    ),
    pick<Sentence>(
      [
        ['Most of them lie in the ', column, ' part.'],
        ['The network is centred in the ', column, ' part.'],
        ['Their main part is ', column, '.'],
      ],
      random,
    ),
  ];
}

function diagnosisSentences(diagnosis: string | null, random: Chance): Sentence[] {
  if (diagnosis === null) return [];
  const named: Piece = { text: diagnosis, kind: 'diagnosis' };
  return [
    pick<Sentence>(
      [
        ['The diagnosis is ', named, '.'],
        ['So the diagnosis is ', named, '.'],
        ['The likely diagnosis is ', named, '.'],
      ],
      random,
    ),
  ];
}
