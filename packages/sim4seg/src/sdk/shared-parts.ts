import { definePlugin, pluginKind, stableJson } from '@sim4seg/core';
import type { ImageEncoder, ImageFeatures, Lvlm, PluginDefinition } from '@sim4seg/core';
import { createCache } from './cache.js';
import { shareLvlm } from './shared-lvlm.js';

const KEPT_IMAGES = 4;

/** Plugins whose LVLM and image encoder are made once for all pipelines, and what frees those. */
export interface SharedParts {
  readonly plugins: readonly PluginDefinition[];
  dispose(): Promise<void>;
}

/** Lets pipelines that differ behind the expensive parts share these and what they computed. */
export function shareParts(plugins: readonly PluginDefinition[]): SharedParts {
  const made = new Map<string, Promise<unknown>>();
  const originals: unknown[] = [];
  const shared = plugins.map((plugin) => {
    const share = SHARERS[pluginKind(plugin)];
    if (!share) return plugin;
    const create = (context: Parameters<typeof plugin.create>[0]): Promise<unknown> => {
      const key = `${pluginKind(plugin)} ${plugin.id} ${stableJson(context.options)}`;
      const known = made.get(key);
      const part =
        known ??
        Promise.resolve(plugin.create(context)).then((original) => {
          originals.push(original);
          return share(original);
        });
      made.set(key, part);
      if (!known) part.catch(() => made.delete(key));
      return part;
    };
    return definePlugin({ ...plugin, create });
  });
  return { plugins: shared, dispose: () => disposeAll(originals) };
}

/** What is handed out has no `dispose`: a pipeline must not free what others use. */
const SHARERS: Readonly<Partial<Record<string, (part: unknown) => unknown>>> = {
  lvlm: (part) => shareLvlm(part as Lvlm),
  'image-encoder': (part) => shareEncoder(part as ImageEncoder),
};

function shareEncoder(encoder: ImageEncoder): ImageEncoder {
  const features = createCache<ImageFeatures>(KEPT_IMAGES);
  return {
    sizes: encoder.sizes,
    encode: (image, options) => features.get(image.sha256, () => encoder.encode(image, options)),
  };
}

async function disposeAll(parts: readonly unknown[]): Promise<void> {
  for (const part of [...parts].reverse()) await (part as { dispose?: () => void | Promise<void> }).dispose?.();
}
