import { loraLinears } from '@sim4seg/backbones';
import type { LlavaForm } from '@sim4seg/backbones';
import { samImageEncoderSizesSchema } from '@sim4seg/decoders';
import type { SamDecoderSizes, SamImageEncoderSizes, SamPromptEncoderSizes } from '@sim4seg/decoders';
import type { Size } from '@sim4seg/core';

type Numbers = Readonly<Record<string, number>>;
type Side = readonly [height: number, width: number];

export interface WholeItem {
  readonly image_hw: Side;
  readonly resized_hw: Side;
  readonly conversations: number;
}

export interface TrainingRun {
  readonly weight_decay: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly grad_clip: number;
}

/** What `config.json` says of one io file. */
export interface WholeFile {
  readonly prompt_mask_rank: 3 | 4;
  readonly train: Readonly<Record<string, TrainingRun>>;
  readonly rounding_noise_gradient: readonly string[];
  readonly zero_gradient: readonly string[];
}

/** The config of a `whole` case. */
export interface WholeConfig {
  readonly clip: Numbers & { readonly hidden_act: 'quick_gelu' | 'gelu' };
  readonly llama: Numbers;
  readonly sam: {
    readonly vit: Readonly<Record<string, unknown>>;
    readonly prompt: { readonly embed_dim: number; readonly mask_in_chans: number; readonly input_image_size: Side };
    readonly decoder: Numbers;
  };
  readonly out_dim: number;
  readonly num_patches: number;
  readonly prompt_mask_size: number;
  readonly grid: number;
  readonly top_n: number;
  readonly loss: { readonly ce: number; readonly bce: number; readonly dice: number };
  /** Absent where the weights stand alone. */
  readonly lora?: { readonly r: number; readonly alpha: number; readonly target_modules: readonly string[] };
  readonly tokens: { readonly seg: number };
  readonly preprocess: Readonly<Record<string, readonly number[]>>;
  readonly weights?: string;
  readonly adapter?: string;
  readonly items?: readonly WholeItem[];
  readonly files?: Readonly<Record<string, WholeFile>>;
  readonly no_gradient?: readonly string[];
  readonly tolerance: Readonly<Record<string, unknown>>;
}

/** LLaVA with the case's adapters. */
export function formOf({ clip, llama, lora, out_dim }: WholeConfig): LlavaForm {
  const adapters = lora && { default: { rank: lora.r, alpha: lora.alpha } };
  return {
    llama: {
      vocabularySize: llama['vocab_size']!,
      hiddenSize: llama['hidden_size']!,
      intermediateSize: llama['intermediate_size']!,
      layers: llama['num_hidden_layers']!,
      heads: llama['num_attention_heads']!,
      keyValueHeads: llama['num_key_value_heads']!,
      rmsNormEps: llama['rms_norm_eps']!,
      ropeTheta: 10_000,
      ...(adapters && { linears: loraLinears({ adapters, active: ['default'], targets: lora.target_modules }) }),
    },
    vision: {
      hiddenSize: clip['hidden_size']!,
      intermediateSize: clip['intermediate_size']!,
      layers: clip['num_hidden_layers']!,
      heads: clip['num_attention_heads']!,
      sidePx: clip['image_size']!,
      patchPx: clip['patch_size']!,
      activation: clip.hidden_act,
      layerNormEps: clip['layer_norm_eps']!,
      selectLayer: clip['mm_vision_select_layer']!,
    },
    projector: 'linear',
    projectedDim: out_dim,
  };
}

/** Sizes of SAM's three parts. */
export interface SamSizes {
  readonly encoder: SamImageEncoderSizes;
  readonly prompt: SamPromptEncoderSizes;
  readonly decoder: SamDecoderSizes;
}

export function samSizesOf({ sam }: WholeConfig): SamSizes {
  const { vit, prompt, decoder } = sam;
  const encoder = samImageEncoderSizesSchema.parse({
    inputSidePx: vit['img_size'],
    patchPx: vit['patch_size'],
    tokenWidth: vit['embed_dim'],
    depth: vit['depth'],
    heads: vit['num_heads'],
    mlpRatio: vit['mlp_ratio'],
    width: vit['out_chans'],
    windowSide: vit['window_size'],
    globalBlocks: vit['global_attn_indexes'],
    queryKeyValueBias: vit['qkv_bias'],
    absolutePositions: vit['use_abs_pos'],
    relativePositions: vit['use_rel_pos'],
    normEps: vit['norm_eps'],
  });
  const embeddingSide = encoder.inputSidePx / encoder.patchPx;
  return {
    encoder,
    prompt: {
      width: prompt.embed_dim,
      embeddingSide,
      inputSidePx: encoder.inputSidePx,
      maskChannels: prompt.mask_in_chans,
    },
    decoder: {
      width: decoder['transformer_dim']!,
      embeddingSide,
      heads: decoder['num_heads']!,
      depth: decoder['depth']!,
      mlpWidth: decoder['mlp_dim']!,
      multimasks: decoder['num_multimask_outputs']!,
      iouHeadDepth: decoder['iou_head_depth']!,
      iouHeadWidth: decoder['iou_head_hidden_dim']!,
    },
  };
}

/** A size of the original frame. */
export const sizeOf = ([heightPx, widthPx]: Side): Size => ({ heightPx, widthPx });
