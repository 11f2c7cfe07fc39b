import { IGNORE_INDEX, IMAGE_TOKEN_INDEX } from '../llava/plan-merge.js';
import { IMAGE_END_TOKEN, IMAGE_START_TOKEN } from './special-tokens.js';
import type { ConversationTemplate } from './templates.js';
import type { Tokenizer } from './tokenizer.js';

export interface LlavaPromptOptions {
  readonly template: ConversationTemplate;
  /** mm_use_im_start_end: <im_start> and <im_end> stand around the image. */
  readonly imageStartEnd: boolean;
}

/** One question with its answer. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
}

/**
 * Ids of the prompt of a first question, as far as the answer; {@link IMAGE_TOKEN_INDEX} where the image goes. In the
 * question added tokens are ordinary characters.
 * @source LLaVA conversation.py get_prompt and mm_utils.py tokenizer_image_token; LISA chat.py
 */
export function llavaPromptIds(
  question: string,
  tokenizer: Tokenizer,
  { template, imageStartEnd }: LlavaPromptOptions,
): number[] {
  const [start, end] = imageStartEnd ? [IMAGE_START_TOKEN, IMAGE_END_TOKEN] : ['', ''];
  return [
    ...(tokenizer.beginId === null ? [] : [tokenizer.beginId]),
    ...tokenizer.encodeParts([template.before + start]),
    IMAGE_TOKEN_INDEX,
    ...tokenizer.encodeParts([`${end}\n`, { typed: question }, template.after]),
  ];
}

/** A conversation as ids; what is not learnt has the label {@link IGNORE_INDEX}. */
export interface LabelledIds {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
}

/**
 * Ids and labels of a conversation: answers and their stops are learnt, the image stands in the first question.
 * @source LISA utils/dataset.py collate_fn (targets masked as far as "ASSISTANT: ")
 */
export function llavaConversationIds(
  turns: readonly Turn[],
  tokenizer: Tokenizer,
  options: LlavaPromptOptions,
): LabelledIds {
  const { after, again, stop } = options.template;
  const pieces = turns.map(({ question, answer }, i): LabelledIds => {
    const prompt =
      i === 0
        ? llavaPromptIds(question, tokenizer, options)
        : tokenizer.encodeParts([again, { typed: question }, after]);
    const target = answerPart(` ${answer}${stop}`, { after, tokenizer });
    return { ids: [...prompt, ...target], labels: [...prompt.map(() => IGNORE_INDEX), ...target] };
  });
  return { ids: pieces.flatMap(({ ids }) => ids), labels: pieces.flatMap(({ labels }) => labels) };
}

/** Ids of an answer as it goes on behind the prompt: a run of text that was begun gets no blank of its own. */
function answerPart(
  answer: string,
  { after, tokenizer }: { readonly after: string; readonly tokenizer: Tokenizer },
): number[] {
  const before = tokenizer.encodeParts([after]);
  return tokenizer.encodeParts([after + answer]).slice(before.length);
}
