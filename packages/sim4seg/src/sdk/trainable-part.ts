import { trainableOf } from '@sim4seg/compute';
import type { Trainable } from '@sim4seg/compute';
import type { BundleManifest } from '@sim4seg/compute/bundle';
import type { PluginDefinition } from '@sim4seg/core';

const TOKENIZER_FILE = 'tokenizer.json';

/** What a bundle says about its parts. */
export interface DescribedBundle {
  readonly manifest: BundleManifest;
  text(file: string): string;
}

/** The programs of a part, in the sizes that it was trained with; null for parts that none of the plugins makes. */
export function trainablePart(
  { manifest, text }: DescribedBundle,
  id: string,
  plugins: readonly PluginDefinition[],
): Trainable | null {
  const plugin = plugins.find((candidate) => candidate.id === id && candidate.trainable);
  if (!plugin) return null;
  const chosen = Object.values(manifest.config as Record<string, { use?: string }>).find(({ use }) => use === id);
  const { use: _use, ...options } = { ...chosen };
  const sized = plugin.optionsSchema.safeParse(manifest.parts[id]);
  const given = sized.success
    ? sized.data
    : plugin.optionsSchema.parse({ ...options, tokenizer: text(TOKENIZER_FILE) });
  return trainableOf(plugin, given);
}
