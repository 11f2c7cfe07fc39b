import { z } from 'zod';

/** A part: the plugin `use` and the options that the plugin's own schema checks. */
const part = z.looseObject({ use: z.string().min(1).optional() });
const listedPart = z.looseObject({ use: z.string().min(1) });
const pluginName = z
  .string()
  .regex(
    /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(?:\/[\w.-]+)*$|^\.\/.+/i,
    "a package name, or './path' inside the config file's folder",
  )
  .refine((name) => !name.split(/[\\/]/).includes('..'), "a path stays inside the config file's folder: no '..'");

const tts = z.strictObject({
  paths: z.number().int().min(1).max(64).optional(),
  masks: z.number().int().min(1).max(64).optional(),
  temperature: z.number().min(0).max(5).optional(),
  topP: z.number().gt(0).max(1).optional(),
  maxTokens: z.number().int().min(1).max(4096).optional(),
});

const engine = z.strictObject({
  use: z.enum(['ort', 'tfjs']).optional(),
  providers: z.array(z.string().min(1)).min(1).optional(),
  backend: z.enum(['cpu', 'wasm', 'webgpu', 'tensorflow']).optional(),
  module: z.enum(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']).optional(),
});

/** The config tree as a person writes it: every key may be left out. */
export const configTreeSchema = z.strictObject({
  lvlm: part.optional(),
  regionPrior: part.optional(),
  imageEncoder: part.optional(),
  promptEncoder: part.optional(),
  maskDecoder: part.optional(),
  presence: part.optional(),
  selector: part.optional(),
  scorers: z.array(listedPart).optional(),
  datasets: z.array(listedPart).optional(),
  observers: z.array(listedPart).optional(),
  importer: listedPart.optional(),
  plugins: z.array(pluginName).optional(),
  tts: tts.optional(),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  compat: z.enum(['corrected', 'official']).optional(),
  engine: engine.optional(),
  training: z.record(z.string(), z.unknown()).optional(),
  bundle: z.string().min(1).nullable().optional(),
});

/** The config tree as a person writes it. */
export type ConfigTree = z.infer<typeof configTreeSchema>;

/** JSON Schema of the config tree, for editors and other languages. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configTreeSchema, { io: 'input' }) as Record<string, unknown>;
}
