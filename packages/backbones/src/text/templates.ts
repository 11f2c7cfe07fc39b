import type { Tokenizer } from './tokenizer.js';
import { BEGIN_TOKEN, STOP_TOKEN } from './special-tokens.js';

/** How question and answer become one text. The image tokens stand in front (tiny) or at `<image>` (LLaVA). */
export interface ConversationTemplate {
  readonly id: string;
  /** Text before the question; its added tokens count. */
  readonly before: string;
  /** Text between question and answer; the answer begins with a blank. */
  readonly after: string;
  /** Text after the answer. */
  readonly stop: string;
  /** Text between an answer's stop and a further question. */
  readonly again: string;
}

const LLAVA_V1_SYSTEM =
  'A chat between a curious human and an artificial intelligence assistant. ' +
  "The assistant gives helpful, detailed, and polite answers to the human's questions.";
const LLAVA_LLAMA_2_SYSTEM =
  'You are a helpful language and vision assistant. ' +
  'You are able to understand the visual content that the user provides, ' +
  'and assist the user with a variety of tasks using natural language.';

/** The tiny model's own: no system text, since every token of the prompt costs and teaches it nothing. */
export const tinyTemplate: ConversationTemplate = {
  id: 'tiny',
  before: 'USER: ',
  after: ' ASSISTANT:',
  stop: STOP_TOKEN,
  again: 'USER: ',
};

/** @source LLaVA conversation.py, conv_llava_v1 (SeparatorStyle.TWO) */
export const llavaV1Template: ConversationTemplate = {
  id: 'llava_v1',
  before: `${LLAVA_V1_SYSTEM} USER: `,
  after: ' ASSISTANT:',
  stop: STOP_TOKEN,
  again: 'USER: ',
};

/** @source LLaVA conversation.py, conv_llava_llama_2 (SeparatorStyle.LLAMA_2) */
export const llavaLlama2Template: ConversationTemplate = {
  id: 'llava_llama_2',
  before: `[INST] <<SYS>>\n${LLAVA_LLAMA_2_SYSTEM}\n<</SYS>>\n\n`,
  after: ' [/INST]',
  stop: ` ${STOP_TOKEN}`,
  again: `${BEGIN_TOKEN}[INST] `,
};

/** Templates by id. */
export const conversationTemplates: Readonly<Record<string, ConversationTemplate>> = {
  [tinyTemplate.id]: tinyTemplate,
  [llavaV1Template.id]: llavaV1Template,
  [llavaLlama2Template.id]: llavaLlama2Template,
};

/** The prompt as text, as far as the answer. */
export function promptText(template: ConversationTemplate, question: string): string {
  return template.before + question + template.after;
}

/** Ids of the prompt; in the question added tokens are ordinary characters. */
export function promptIds(template: ConversationTemplate, question: string, tokenizer: Tokenizer): number[] {
  const { before, after } = template;
  const blank = before.endsWith(' ') ? ' ' : '';
  const head = blank === '' ? before : before.slice(0, -1);
  return [...tokenizer.encode(head), ...tokenizer.encodePlain(blank + question), ...tokenizer.encode(after)];
}

/** Ids of the answer and the stop; [SEG] in it is the seg token. */
export function answerIds(template: ConversationTemplate, answer: string, tokenizer: Tokenizer): number[] {
  return tokenizer.encode(` ${answer}${template.stop}`);
}
