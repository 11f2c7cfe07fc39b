import type { RandomSource } from '@sim4seg/core';
import { answerFor, questionFor, wrongTargetsFor } from '@sim4seg/data';
import type { AnswerOrder } from '@sim4seg/data';
import type { TrainingConversation } from '@sim4seg/compute';
import type { TrainingConfig } from '../config/training-schema.js';
import type { DrawnSample } from './draw-sample.js';

/** How often a further question of an image asks for a target of another kind of image. */
const WRONG_SHARE = 0.6;

type TextWeights = TrainingConfig['textWeights'];

/** How answers are told, and the chance that chooses words. */
interface Telling {
  readonly random: RandomSource;
  readonly order: AnswerOrder;
  readonly content: TrainingConfig['content'];
  readonly weights: TextWeights;
}

/**
 * Questions and answers of one image: the first asks for what the sample's mask shows, the further ones for a wrong
 * target or for the own one again. Words about the mask come from the augmented mask.
 */
export function conversationsOf(
  sample: DrawnSample,
  count: number,
  { random, order, content, weights }: Telling,
): TrainingConversation[] {
  const { subject } = sample.frame;
  const wrong = wrongTargetsFor(subject);
  return Array.from({ length: count }, (_, i) => {
    const own = random.fork(i);
    const asksWrong = i > 0 && wrong.length > 0 && own.fork('wrong').uniform() < WRONG_SHARE;
    const target = i === 0 ? sample.target : asksWrong ? own.fork('target').pick(wrong) : subject.target;
    return converse(sample, target, { random: own, order, content, weights });
  });
}

function converse(
  { frame, facts }: DrawnSample,
  target: string,
  { random, order, content, weights }: Telling,
): TrainingConversation {
  const own = target === frame.subject.target;
  const question = questionFor({ ...frame.subject, target }, random.fork('question'));
  const answer = answerFor({ target, diagnosis: own ? frame.diagnosis : null }, own ? facts : null, {
    order,
    content,
    random: random.fork('answer'),
  });
  const spans = answer.spans.map(({ start, end, kind }) => ({ start, end, weight: weights[kind] }));
  return { question, answer: answer.text, spans, restWeight: weights.rest };
}
