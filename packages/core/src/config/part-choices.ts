import type { ServiceReference } from '../contracts/plugin.js';
import { services } from '../contracts/services.js';
import type { PartChoice } from '../plugins/part-choice.js';
import type { Config, PartConfig } from './config.js';

const PIPELINE_PARTS = {
  lvlm: services.lvlm,
  regionPrior: services.regionPrior,
  imageEncoder: services.imageEncoder,
  promptEncoder: services.promptEncoder,
  maskDecoder: services.maskDecoder,
  presence: services.presenceJudge,
  selector: services.selector,
} as const;

/** What the parts of a pipeline are, as the host takes it. */
export function pipelineChoices(config: Config): PartChoice[] {
  const single = Object.entries(PIPELINE_PARTS).map(([key, service]) =>
    toPartChoice(key, service, config[key as keyof typeof PIPELINE_PARTS]),
  );
  return [
    ...single,
    ...config.scorers.map((part, i) => toPartChoice(`scorers.${i}`, services.scorer, part)),
    ...config.observers.map((part, i) => toPartChoice(`observers.${i}`, services.observer, part)),
  ].map((choice) => ({ ...choice, inherited: { compat: config.compat } }));
}

/** What reads cases, as the host takes it. */
export function dataChoices(config: Config): PartChoice[] {
  const datasets = config.datasets.map((part, i) => toPartChoice(`datasets.${i}`, services.dataset, part));
  return [toPartChoice('importer', services.importer, config.importer), ...datasets];
}

/** One part of a config as a choice: `use` apart from the options. */
export function toPartChoice(path: string, service: ServiceReference<unknown>, part: PartConfig): PartChoice {
  const { use, ...options } = part;
  return { path, service, use, options };
}
