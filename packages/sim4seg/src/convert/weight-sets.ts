import { clipVisionParams, llavaTextParams, llavaVisionParams, loraLinears } from '@sim4seg/backbones';
import type { ParamSpec } from '@sim4seg/compute';
import { promptEncoderSpecs, samDecoderSpecs, samImageEncoderSpecs } from '@sim4seg/decoders';
import type { ModelParts } from './model-parts.js';

/** Weights that lie in one file: what the programs of some parts ask for. */
export interface SetSpec {
  readonly name: 'sam' | 'vision' | 'lvlm';
  /** Entries of a manifest's `parts`. */
  readonly parts: readonly string[];
  /** Shapes by the keys of the programs; symbols stand for any size. */
  readonly keys: ReadonlyMap<string, ParamSpec>;
}

/** The sets of a model, as its programs declare them. */
export function setsOf(parts: ModelParts): readonly SetSpec[] {
  const { 'sam-image-encoder': encoder, 'sam-prompt-encoder': prompts, 'sam-decoder': decoder, llava } = parts;
  const sets: SetSpec[] = [];
  if (encoder && prompts && decoder)
    sets.push({
      name: 'sam',
      parts: ['sam-image-encoder', 'sam-prompt-encoder', 'sam-decoder'],
      keys: keysOf(samImageEncoderSpecs(encoder), promptEncoderSpecs(prompts), samDecoderSpecs(decoder)),
    });
  if (llava) {
    sets.push({ name: 'vision', parts: ['llava'], keys: keysOf(llavaVisionParams(llava)) });
    sets.push({ name: 'lvlm', parts: ['llava'], keys: keysOf(textParams(parts, llava)) });
  } else if (parts['clip-vision'])
    sets.push({ name: 'vision', parts: ['clip-vision'], keys: keysOf(clipVisionParams(parts['clip-vision'])) });
  return sets;
}

function textParams(parts: ModelParts, llava: NonNullable<ModelParts['llava']>): Specs {
  const lora = parts['llava-lora'];
  if (!lora) return llavaTextParams(llava);
  const { rank, alpha, targets } = lora;
  const linears = loraLinears({ adapters: { default: { rank, alpha } }, active: ['default'], targets });
  return llavaTextParams({ ...llava, llama: { ...llava.llama, linears } });
}

type Specs = Readonly<Record<string, ParamSpec>>;

function keysOf(...specs: readonly Specs[]): ReadonlyMap<string, ParamSpec> {
  const entries = specs.flatMap((part) => Object.entries(part));
  return new Map(entries.map(([name, spec]) => [spec.key ?? name, spec] as const));
}

/** How the tensors of a set differ from what its programs ask for. */
export interface KeyDifferences {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** With both shapes. */
  readonly misshaped: readonly string[];
}

/** Compares names and shapes of tensors with the key table of a set. */
export function compareKeys(
  keys: SetSpec['keys'],
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): KeyDifferences {
  const missing = [...keys.keys()].filter((key) => !tensors.has(key));
  const unexpected = [...tensors.keys()].filter((key) => !keys.has(key));
  const misshaped = [...keys].flatMap(([key, { dims }]) => {
    const shape = tensors.get(key)?.shape;
    if (!shape || (shape.length === dims.length && dims.every((dim, i) => dim === shape[i]))) return [];
    return [`${key} [${shape.join(', ')}] instead of [${dims.join(', ')}]`];
  });
  return { missing, unexpected, misshaped };
}
