import { initParams } from '@sim4seg/compute';
import type { TrainableLvlm, TrainingConversation } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { presenceIds } from '../sampling/presence-prob.js';
import { promptText, tinyTemplate } from '../text/templates.js';
import { createTokenizer } from '../text/tokenizer.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { trainTokenizer } from '../text/train-bpe.js';
import { TOKENIZER_FILE } from './graphs.js';
import { tinyInferenceGraphs } from './inference-programs.js';
import { TinyOptionsSchema, sizesFromOptions } from './options.js';
import type { TinyOptions } from './options.js';
import { packText, tokenizeConversation } from './pack.js';
import type { PackOptions } from './pack.js';
import { imageTokenCount } from './sizes.js';
import { tinyTrainingProgram } from './training-program.js';

/** The `Trainable` of `llama-tiny`, with what a trainer needs to choose its dims. */
export interface TinyTrainable extends TrainableLvlm {
  readonly tokenizer: Tokenizer;
  /** Text tokens that a conversation takes in a packed sequence. */
  tokenCount(conversation: TrainingConversation): number;
}

/**
 * `llama-tiny` as something that can be trained.
 * @throws TOKENIZER_INVALID without `tokenizer` and `trainingTexts`
 */
export function tinyTrainable(given: Partial<TinyOptions>): TinyTrainable {
  const options = TinyOptionsSchema.parse(given);
  const json = options.tokenizer ?? trainedTokenizer(options);
  const tokenizer = createTokenizer(json);
  presenceIds(tokenizer);
  const sizes = sizesFromOptions(options, tokenizer);
  const program = tinyTrainingProgram(sizes);
  const packing: PackOptions = { tokenizer, template: tinyTemplate, imageTokens: imageTokenCount(sizes) };
  return {
    program,
    sizes,
    trainable: ['.*'],
    initialParams: (seed) => initParams(program.params, seed),
    inferenceGraphs: () => tinyInferenceGraphs(sizes),
    files: { [TOKENIZER_FILE]: json },
    dims: { images: 8, conversations: 2, length: 2 * (sizes.questionTokens + sizes.answerTokens) },
    prepare: (batch, dims) => packText(batch, dims, packing),
    tokenizer,
    tokenCount: (conversation) => tokenizeConversation(conversation, packing).ids.length,
  };
}

function trainedTokenizer({ trainingTexts, vocabularySize }: TinyOptions): string {
  if (trainingTexts !== undefined && trainingTexts.length > 0) {
    return trainTokenizer(trainingTexts.flatMap(asInConversation), { vocabularySize });
  }
  throw new Sim4SegError('TOKENIZER_INVALID', {
    must: 'llama-tiny is trained with a tokenizer',
    got: 'neither the option tokenizer nor trainingTexts',
    fix: 'give the text of a tokenizer.json, or the questions and answers of the training as trainingTexts',
  });
}

/** A text as question and as answer: both follow a blank, and "Yes" with its blank must become one token. */
const asInConversation = (text: string): string[] => [promptText(tinyTemplate, text), ` ${text}`];
