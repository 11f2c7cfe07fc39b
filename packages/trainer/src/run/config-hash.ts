import { createHash } from 'node:crypto';
import type { ParamSpec, Specs } from '@sim4seg/compute';
import type { TrainConfig, ResolvedTraining } from '../config/resolve-training.js';
import type { DataSummary } from '../samples/sample-vocabulary.js';
import { PART_ROLES } from '../step/parts.js';
import type { PartRole } from '../step/parts.js';

/**
 * sha256 over all that decides the numbers of a run: parts, data, seed, phases, parameter shapes. How long phases are
 * is left out, so that a run may be made longer or shorter when it is resumed; so are phases that are still ahead, how often
 * is logged and saved, the number of threads, and where files lie.
 * @param phase index of the phase that the run is in
 */
export function configHash(
  config: TrainConfig,
  { resolved, summary, specs }: { resolved: ResolvedTraining; summary: DataSummary; specs: Specs<ParamSpec> },
  phase: number,
): string {
  const deciding = {
    ...decidingConfig(config, resolved, phase),
    images: summary.imageSha256,
    shapes: Object.entries(specs).map(([name, { dims }]) => [name, dims]),
  };
  return createHash('sha256').update(stableJson(deciding)).digest('hex');
}

/** What of the config decides the numbers of a run that is in the given phase. */
export function decidingConfig(
  config: Pick<TrainConfig, PartRole | 'seed'>,
  resolved: ResolvedTraining,
  phase: number,
): Record<string, unknown> {
  const { phases, optimizer, order, content, length, textWeights, ema } = resolved.training;
  const begun = phases.slice(0, phase + 1).map((each) => ({ ...each, steps: undefined }));
  return {
    parts: PART_ROLES.map((role) => config[role]),
    datasets: resolved.datasets.map((dataset) => ({ ...dataset, path: undefined })),
    seed: config.seed,
    training: { phases: begun, optimizer, order, content, length, textWeights, ema },
  };
}

/** Keys on which two configs differ, as `key: before -> now`. */
export function configDifferences(before: unknown, now: unknown): string[] {
  const [old, own] = [flattened(before), flattened(now)];
  const keys = [...new Set([...old.keys(), ...own.keys()])].filter((key) => old.get(key) !== own.get(key));
  return keys.map((key) => `${key}: ${old.get(key) ?? 'nothing'} -> ${own.get(key) ?? 'nothing'}`);
}

function flattened(value: unknown, path = ''): Map<string, string> {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null) return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...flattened(inner, path === '' ? key : `${path}.${key}`)]),
  );
}

/** JSON with sorted keys, so that equal values give equal text. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
