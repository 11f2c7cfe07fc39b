/** Fills rows up to a common length; never seen, never sampled. */
export const PAD_TOKEN = '<pad>';
/** Ends an answer. */
export const STOP_TOKEN = '</s>';
/** Stands for the image tokens in a written-out prompt. */
export const IMAGE_TOKEN = '<image>';
/** The vocabulary item whose predicting hidden state becomes the seg embedding. */
export const SEG_TOKEN = '[SEG]';

/** Added tokens of a tokenizer of this project, in the order of their ids from 0. */
export const ADDED_TOKENS: readonly string[] = [PAD_TOKEN, STOP_TOKEN, IMAGE_TOKEN, SEG_TOKEN];
