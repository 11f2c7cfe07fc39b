import { Sim4SegError } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { scopeParams, trainableOf } from '@sim4seg/compute';
import type { ParamSpec, Specs, Tensor, TensorValue, Trainable, TrainableLvlm } from '@sim4seg/compute';
import type { PartChoice, TrainConfig } from '../config/resolve-training.js';

/** Roles of the parts that make up one training step. */
export const PART_ROLES = ['imageEncoder', 'lvlm', 'regionPrior', 'promptEncoder', 'maskDecoder'] as const;
export type PartRole = (typeof PART_ROLES)[number];

/** A chosen plugin as something that can be trained. */
export interface Part<T extends Trainable = Trainable> {
  readonly id: string;
  readonly trainable: T;
}

export interface Parts {
  readonly imageEncoder: Part;
  readonly lvlm: Part<TrainableLvlm>;
  readonly regionPrior: Part;
  readonly promptEncoder: Part;
  readonly maskDecoder: Part;
}

/** What the config's parts are chosen from, and files such as a tokenizer that options may need. */
export type PluginTable = readonly PluginDefinition[];

/**
 * Finds the plugins of the five parts and reads their `Trainable`.
 * @throws PLUGIN_MISSING, CONFIG_INVALID (options), WIRING (a part without `trainable`); one error a problem
 */
export function resolveParts(config: Pick<TrainConfig, PartRole>, plugins: PluginTable): Parts {
  const part = <T extends Trainable>(role: PartRole): Part<T> => resolvePart<T>(role, config[role], plugins);
  return {
    imageEncoder: part('imageEncoder'),
    lvlm: part<TrainableLvlm>('lvlm'),
    regionPrior: part('regionPrior'),
    promptEncoder: part('promptEncoder'),
    maskDecoder: part('maskDecoder'),
  };
}

/** Reads the `Trainable` of one chosen plugin; `role` is how messages call it. Same errors as {@link resolveParts}. */
export function resolvePart<T extends Trainable>(role: string, choice: PartChoice, plugins: PluginTable): Part<T> {
  const { use, ...options } = choice;
  const plugin = plugins.find(({ id }) => id === use);
  if (!plugin) {
    throw new Sim4SegError('PLUGIN_MISSING', {
      must: `${role}.use names a registered plugin`,
      got: `"${use}"`,
      fix: `use one of ${plugins.map(({ id }) => id).join(', ')}`,
    });
  }
  const parsed = plugin.optionsSchema.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Sim4SegError('CONFIG_INVALID', {
      must: `${role} must have options that "${use}" knows`,
      got: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
      fix: 'correct the option',
      cause: parsed.error,
    });
  }
  const trainable = trainableOf<T>(plugin, parsed.data);
  if (trainable) return { id: plugin.id, trainable };
  throw new Sim4SegError('WIRING', {
    must: `${role} must be a part that can be trained or traced`,
    got: `"${use}" offers no trainable`,
    fix: 'choose another plugin for training',
  });
}

/** Parameter specs of all parts, named `<plugin id>.<parameter>`. */
export function partSpecs(parts: Parts): Specs<ParamSpec> {
  const specs: Record<string, ParamSpec> = {};
  for (const role of PART_ROLES) {
    const { id, trainable } = parts[role];
    for (const [name, spec] of Object.entries(trainable.program.params)) specs[`${id}.${name}`] = spec;
  }
  return specs;
}

/** Fresh parameters of all parts, named as in {@link partSpecs}. */
export function partParams(parts: Parts, seed: number): Record<string, TensorValue> {
  const params: Record<string, TensorValue> = {};
  for (const role of PART_ROLES) {
    const { id, trainable } = parts[role];
    for (const [name, value] of Object.entries(trainable.initialParams(seed))) params[`${id}.${name}`] = value;
  }
  return params;
}

/** Runs a part's program inside the step on its share of the parameters. */
export function runPart(
  { id, trainable }: Part,
  params: Record<string, Tensor>,
  inputs: Record<string, Tensor>,
): Record<string, Tensor> {
  const wanted = Object.keys(trainable.program.inputs).map((name) => {
    const input = inputs[name];
    if (input) return [name, input] as const;
    throw new Sim4SegError('WIRING', {
      must: `the program of "${id}" gets its input "${name}"`,
      got: `inputs ${Object.keys(inputs).join(', ')}`,
      fix: 'choose parts whose outputs and inputs fit each other',
    });
  });
  return trainable.program.run(scopeParams(params, `${id}.`), Object.fromEntries(wanted));
}

/** The role that owns a parameter, or `aux` for the trainer's own. */
export function roleOf(parts: Parts, name: string): PartRole | 'aux' {
  return PART_ROLES.find((role) => name.startsWith(`${parts[role].id}.`)) ?? 'aux';
}

/** Whether a part lets this parameter be trained. */
export function isTrainable(parts: Parts, name: string): boolean {
  const role = roleOf(parts, name);
  if (role === 'aux') return true;
  const { id, trainable } = parts[role];
  const own = name.slice(id.length + 1);
  return trainable.trainable.some((pattern) => new RegExp(pattern).test(own));
}
