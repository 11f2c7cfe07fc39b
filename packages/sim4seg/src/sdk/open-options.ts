import { Sim4SegError, mergeConfig } from '@sim4seg/core';
import type { ConfigTree, PluginDefinition } from '@sim4seg/core';
import type { BundleManifest, DownloadProgress } from '@sim4seg/compute/bundle';
import type { Announce, RuntimeMode } from '@sim4seg/compute/runtime';

/** What a model is opened with besides its config tree. */
export interface OpenModelOptions {
  /** Where `plugins:` and relative bundle paths of the config resolve from; the working folder if left out. */
  readonly folder?: string | undefined;
  /** Plugin values that are registered beside the shipped ones. */
  readonly plugins?: readonly PluginDefinition[] | undefined;
  /** Assignments such as `regionPrior.topN=24` on top of the tree. */
  readonly set?: readonly string[] | undefined;
  /**
   * Where compiled graphs run: a thread (default), or a child process, whose crash never ends the caller's and which can
   * be ended in the middle of a run; for servers.
   */
  readonly runIn?: Exclude<RuntimeMode, 'direct'> | undefined;
  /** Short for `engine: {use: 'ort', providers: [device]}`, in front of the config: `cpu`, `webgpu`, `cuda`, ... */
  readonly device?: string | undefined;
  /**
   * Refuses a bundle whose weights are stored otherwise. It converts nothing: a bundle holds one precision, which
   * `sim4seg convert --precision` chooses.
   */
  readonly dtype?: Dtype | undefined;
  /** Answers in the making at once; 4 if left out. */
  readonly maxAtOnce?: number | undefined;
  /** Calls that may wait for their turn; the next is refused with ENGINE_BUSY; 64 if left out. */
  readonly maxWaiting?: number | undefined;
  /**
   * Folder of optimised graphs, so that a bundle opens faster the next time, and (in `bundles/`) of bundles from servers.
   * Left out, graphs are not kept, and bundles lie in {@link defaultCacheFolder}.
   */
  readonly cacheFolder?: string | undefined;
  /** Hears how far the download of a bundle has come. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Hears what the engine does otherwise than the config asks; a warning of the process if left out. */
  readonly onAnnounce?: Announce | undefined;
}

/** Precision of stored weights, under the names that transformers.js has for them. */
export type Dtype = 'fp32' | 'fp16' | 'q4';

const PRECISIONS: Readonly<Record<Dtype, string>> = { fp32: 'float32', fp16: 'float16', q4: 'int4' };

/** A config tree whose engine is the device of the options, where they name one. */
export function onDevice(tree: ConfigTree, device: string | undefined): ConfigTree {
  if (device === undefined) return tree;
  const { engine: _engine, ...rest } = tree;
  return mergeConfig(rest, { engine: { use: 'ort', providers: [device] } });
}

/** @throws CONFIG_INVALID where the weights of the bundle are stored otherwise than asked */
export function expectDtype({ name, weights, weightSets }: BundleManifest, dtype: Dtype | undefined): void {
  if (dtype === undefined) return;
  const lvlm = weightSets['lvlm'] ?? Object.values(weightSets)[0];
  const stored = lvlm?.precision ?? weights?.precision;
  if (stored === PRECISIONS[dtype]) return;
  throw new Sim4SegError('CONFIG_INVALID', {
    must: `The weights of the bundle "${name}" are stored as ${dtype} (${PRECISIONS[dtype] ?? 'unknown'})`,
    got: stored ?? 'no weights',
    fix: 'leave dtype out, or make another bundle with `sim4seg convert --precision fp32|fp16|int4`',
  });
}
