import { pluginKind } from 'sim4seg';
import type { ConfigTree, Sim4Seg } from 'sim4seg';
import { z } from 'zod';
import type { AnswerOptions, DemoState } from './api-types.js';
import { LIMITS } from './limits.js';

/** Form of a question from the page; plugin ids and options are checked by the config tree itself. */
export const answerRequestSchema = z.strictObject({
  imageId: z.string().max(64),
  question: z.string().max(LIMITS.questionCharacters),
  options: z.strictObject({
    regionPrior: z.string().min(1).max(100),
    gridCells: z.number().int().min(1).max(64),
    topN: z.number().int().min(1).max(4096),
    maskDecoder: z.string().min(1).max(100),
    selector: z.string().min(1).max(100),
    paths: z.number().int().min(1).max(8),
    masks: z.number().int().min(1).max(8),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  }),
});

/** The page's choices as a config tree: the same keys that a config file has. */
export function toConfigTree(options: AnswerOptions): ConfigTree {
  const cells = { gridCells: options.gridCells, topN: options.topN };
  return {
    regionPrior: { use: options.regionPrior, ...(options.regionPrior === 'topCells' ? cells : {}) },
    maskDecoder: { use: options.maskDecoder },
    selector: { use: options.selector },
  };
}

/** What the page starts from: the product's own config. */
export function defaultOptions({ config }: Sim4Seg): AnswerOptions {
  const { gridCells = 16, topN = 36 } = config.regionPrior as { gridCells?: number; topN?: number };
  return {
    regionPrior: config.regionPrior.use,
    gridCells,
    topN,
    maskDecoder: config.maskDecoder.use,
    selector: config.selector.use,
    paths: config.tts.paths,
    masks: config.tts.masks,
    seed: config.seed,
  };
}

/** Plugins that may be chosen: all registered ones, of mask decoders those that the bundle has weights for. */
export function choosablePlugins({ plugins, bundle, config }: Sim4Seg): DemoState['plugins'] {
  const ids = (kind: string): string[] => plugins.filter((plugin) => pluginKind(plugin) === kind).map(({ id }) => id);
  return {
    regionPrior: ids('region-prior'),
    maskDecoder: ids('mask-decoder').filter((id) => bundle.parts.includes(id) || id === config.maskDecoder.use),
    selector: withoutAliases(ids('selector')),
  };
}

/** One id of each selector: some are registered in camel case and in kebab case. */
function withoutAliases(ids: readonly string[]): string[] {
  const plain = (id: string): string => id.replaceAll('-', '').toLowerCase();
  return ids.filter((id, index) => ids.findIndex((other) => plain(other) === plain(id)) === index);
}
