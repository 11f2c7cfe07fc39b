import type { PluginDefinition } from '@sim4seg/core';
import type { TrainConfig } from '../config/resolve-training.js';
import type { TrainingConfig } from '../config/training-schema.js';
import type { StartingBundle } from '../export/starting-bundle.js';
import { tokenizerTexts } from '../samples/tokenizer-texts.js';
import { resolveParts, resolvePart } from './parts.js';
import type { Part, Parts, PartRole, PluginTable } from './parts.js';

const TOKENIZER_FILE = 'tokenizer.json';

/**
 * The parts of a config. An LVLM that takes a tokenizer or texts to train one as options, and has neither in the
 * config, gets that of the starting bundle or the training texts.
 */
export function resolveModel(
  config: Pick<TrainConfig, PartRole>,
  plugins: PluginTable,
  { training, from }: { training: TrainingConfig; from: StartingBundle | null },
): { readonly parts: Parts; readonly kept: readonly Part[] } {
  const lvlm = withTokenizer(config.lvlm, plugins, { training, from });
  const parts = resolveParts({ ...config, lvlm }, plugins);
  const kept = training.keep.map((choice, i) => resolvePart(`training.keep[${i}]`, choice, plugins));
  return { parts, kept };
}

function withTokenizer(
  choice: TrainConfig['lvlm'],
  plugins: PluginTable,
  { training, from }: { training: TrainingConfig; from: StartingBundle | null },
): TrainConfig['lvlm'] {
  const plugin = plugins.find(({ id }) => id === choice.use);
  const stored = from?.texts[TOKENIZER_FILE];
  const texts = { trainingTexts: tokenizerTexts(training.order) };
  const added = stored === undefined ? texts : { tokenizer: stored };
  return plugin && !('tokenizer' in choice) && accepts(plugin, choice, added) ? { ...choice, ...added } : choice;
}

function accepts(plugin: PluginDefinition, { use: _use, ...options }: TrainConfig['lvlm'], added: object): boolean {
  return plugin.optionsSchema.safeParse({ ...options, ...added }).success;
}
