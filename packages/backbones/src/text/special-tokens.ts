/** Fills rows up to a common length; never seen, never sampled. */
export const PAD_TOKEN = '<pad>';
/** Ends an answer. */
export const STOP_TOKEN = '</s>';
/** Stands for the image tokens in a written-out prompt. */
export const IMAGE_TOKEN = '<image>';
/** The vocabulary item whose predicting hidden state becomes the seg embedding. */
export const SEG_TOKEN = '[SEG]';

/** Begins a prompt of a LLaMA. */
export const BEGIN_TOKEN = '<s>';
/** Fills rows of a LLaMA, whose tokenizer has no token for that. @source LISA train_ds.py, pad_token = unk_token */
export const UNKNOWN_TOKEN = '<unk>';
/** Stand around the image of an official prompt. @source LLaVA constants.py */
export const IMAGE_START_TOKEN = '<im_start>';
export const IMAGE_END_TOKEN = '<im_end>';

/** Added tokens of a tokenizer of this project, in the order of their ids from 0. */
export const ADDED_TOKENS: readonly string[] = [PAD_TOKEN, STOP_TOKEN, IMAGE_TOKEN, SEG_TOKEN];
