export { maskPrompt, noMaskPrompt } from './prompt-encoder/mask-prompt.js';
export type { MaskNormalisation } from './prompt-encoder/mask-prompt.js';
export { boxTokens, pointTokens } from './prompt-encoder/point-prompts.js';
export type { FrameSize } from './prompt-encoder/point-prompts.js';
export { promptEncoderProgram } from './prompt-encoder/programs.js';
export { promptEncoderSizesSchema } from './prompt-encoder/sizes.js';
export type { SamPromptEncoderSizes } from './prompt-encoder/sizes.js';
export { promptEncoderSpecs } from './prompt-encoder/specs.js';
export type { ParamSpecs, Tensors } from './blocks/params.js';
export { POSITION_MATRIX, gridPositionCode, positionCode } from './blocks/position-code.js';
export { decodeMasks, samDecoderProgram, samDecoderSpecs } from './mask-decoder/sam-decoder.js';
export type { DecoderInput } from './mask-decoder/sam-decoder.js';
export { maskDecoderSizesSchema } from './mask-decoder/sizes.js';
export type { SamDecoderSizes } from './mask-decoder/sizes.js';
export { encodeSamImage, samImageEncoderProgram } from './sam-image-encoder/sam-image-encoder.js';
export { SAM_ENCODE_GRAPH } from './sam-image-encoder/graph-name.js';
export { prepareSamImage } from './sam-image-encoder/prepare-sam-image.js';
export type { SamPreprocessing } from './sam-image-encoder/prepare-sam-image.js';
export { SAM_IMAGE_ENCODER_SIZES } from './sam-image-encoder/published-sizes.js';
export { samImageEncoderSizesSchema } from './sam-image-encoder/sizes.js';
export type { SamImageEncoderSizes } from './sam-image-encoder/sizes.js';
export { samImageEncoderSpecs } from './sam-image-encoder/specs.js';
export { skipDecoderProgram, skipDecoderSpecs } from './skip-decoder/skip-decoder.js';
export { skipDecoderSizesSchema } from './skip-decoder/sizes.js';
export type { SkipDecoderSizes } from './skip-decoder/sizes.js';
export { prepareTrunkImage } from './tiny-trunk/create-image-encoder.js';
export { tinyTrunkProgram, tinyTrunkSpecs } from './tiny-trunk/tiny-trunk.js';
export { tinyTrunkSizesSchema } from './tiny-trunk/sizes.js';
export type { TinyTrunkSizes } from './tiny-trunk/sizes.js';
export {
  boxPromptEncoderPlugin,
  decoderPlugins,
  presenceHeadPlugin,
  samDecoderPlugin,
  samImageEncoderPlugin,
  samPromptEncoderPlugin,
  samSkipDecoderPlugin,
  tinyTrunkPlugin,
} from './plugin.js';
