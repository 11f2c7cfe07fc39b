export { CLIP_NORMALISATION, CLIP_SIDE_PX, preprocessClip } from './clip/preprocess.js';
export { createDecodeSession } from './generation/decode-session.js';
export type {
  DecodeSession,
  DecodeSessionOptions,
  PromptPrefix,
  StepRow,
  SuffixRoom,
} from './generation/decode-session.js';
export type { SamplingFilters } from './generation/path-writer.js';
export { samplePaths } from './generation/sample-paths.js';
export type { PathDecoder, PathGroup } from './generation/sample-paths.js';
export { clipVisionParams } from './clip/params.js';
export { ClipVisionSizesSchema } from './clip/sizes.js';
export type { ClipVisionSizes } from './clip/sizes.js';
export { clipFeatures, clipVisionProgram } from './clip/vision-tower.js';
export { decodeInputs, decodeOutputs, decodeStep } from './llama/decode-step.js';
export type { DecodeDims } from './llama/decode-step.js';
export { cacheNames } from './llama/cache.js';
export { OFFICIAL_LORA, int4Linears, linearsOf, loraLinears, plainLinears } from './llama/linear-layers.js';
export type { Int4LinearsOptions, LinearLayers, LlamaForm, LoraLinearsOptions } from './llama/linear-layers.js';
export { llamaParams } from './llama/params.js';
export { llamaDecodeProgram, llamaEmbeddingsProgram, llamaPrefillProgram, llamaProgram } from './llama/programs.js';
export { segProjection, segProjectionParams } from './llama/seg-projection.js';
export { LlamaSizesSchema } from './llama/sizes.js';
export type { LlamaSizes } from './llama/sizes.js';
export { llavaTextParams, llavaVisionParams } from './llava/params.js';
export { llavaDecodeProgram, llavaPrefillProgram, llavaProgram, llavaVisionProgram } from './llava/programs.js';
export { LlavaSizesSchema } from './llava/sizes.js';
export type { LlavaForm, LlavaSizes } from './llava/sizes.js';
export { mergeEmbeddings } from './llava/merge-embeddings.js';
export { IGNORE_INDEX, IMAGE_TOKEN_INDEX, planMerge } from './llava/plan-merge.js';
export type { MergePlan, MergeSizes, TextBatch } from './llava/plan-merge.js';
export { llavaFormOf } from './llava-seg/form.js';
export type { LlavaFormOptions } from './llava-seg/form.js';
export { LLAVA_INT4_PART, int4ArithmeticOf } from './llava-seg/int4-part.js';
export { llavaInferenceGraphs } from './llava-seg/graphs.js';
export { createLlavaSeg } from './llava-seg/llava-seg.js';
export { LlavaSegOptionsSchema } from './llava-seg/options.js';
export type { LlavaSegOptions } from './llava-seg/options.js';
export { LLAVA_GRAPHS, LLAVA_PARTS, LLAVA_SEG_ID, readLlavaSizes } from './llava-seg/part.js';
export { llamaTiny, llavaSeg, segToken } from './plugin.js';
export { createSegTokenJudge } from './presence/seg-token-judge.js';
export type { SegTokenThresholds } from './presence/seg-token-judge.js';
export { tokenAgreement } from './sampling/token-agreement.js';
export type { TokenAgreement, TokenAgreementOptions } from './sampling/token-agreement.js';
export { chooseToken } from './sampling/choose-token.js';
export type { ChosenToken, ChooseOptions } from './sampling/choose-token.js';
export { OFFICIAL_SEGMENTATION, orderAnswer } from './text/answer-order.js';
export type { AnswerOrder, AnswerSentences } from './text/answer-order.js';
export type { TextPart } from './text/added-tokens.js';
export { llavaConversationIds, llavaPromptIds } from './text/llava-prompt.js';
export type { LabelledIds, LlavaPromptOptions, Turn } from './text/llava-prompt.js';
export { MAX_QUESTION_CHARACTERS, cleanQuestion } from './text/question.js';
export { tokenizerFromSentencePiece } from './text/sentencepiece.js';
export type { AddedPiece } from './text/sentencepiece.js';
export {
  BEGIN_TOKEN,
  IMAGE_END_TOKEN,
  IMAGE_START_TOKEN,
  IMAGE_TOKEN,
  PAD_TOKEN,
  SEG_TOKEN,
  STOP_TOKEN,
  UNKNOWN_TOKEN,
} from './text/special-tokens.js';
export { conversationTemplates, promptText } from './text/templates.js';
export type { ConversationTemplate } from './text/templates.js';
export { createTokenizer } from './text/tokenizer.js';
export type { TextStream, Tokenizer } from './text/tokenizer.js';
export { trainTokenizer } from './text/train-bpe.js';
export type { TrainTokenizerOptions } from './text/train-bpe.js';
export { createTinyLvlm } from './tiny/tiny-lvlm.js';
export { TinyOptionsSchema } from './tiny/options.js';
export type { TinyOptions } from './tiny/options.js';
export { TinySizesSchema } from './tiny/sizes.js';
export type { TinySizes } from './tiny/sizes.js';
export { tinyTrainable } from './tiny/trainable.js';
export type { TinyTrainable } from './tiny/trainable.js';
