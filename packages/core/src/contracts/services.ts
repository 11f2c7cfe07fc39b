import type { ModelBundle } from './bundle.js';
import type { CandidateScorer, CandidateSelector } from './candidates.js';
import type { Dataset, Importer } from './dataset.js';
import type { ImageEncoder } from './image-encoder.js';
import type { Lvlm } from './lvlm.js';
import type { Observer } from './observer.js';
import type { PluginKind, ServiceReference } from './plugin.js';
import type { PresenceJudge } from './presence.js';
import type { RegionPrior } from './region-prior.js';
import type { MaskDecoder, PromptEncoder } from './segmenter.js';

const pipelineService = <T>(id: string): ServiceReference<T> => ({ id, scope: 'pipeline' });

/** The service that a plugin of each kind provides. */
export const services = {
  bundle: { id: 'bundle', scope: 'host' } as ServiceReference<ModelBundle>,
  lvlm: pipelineService<Lvlm>('lvlm'),
  regionPrior: pipelineService<RegionPrior>('region-prior'),
  imageEncoder: pipelineService<ImageEncoder>('image-encoder'),
  promptEncoder: pipelineService<PromptEncoder>('prompt-encoder'),
  maskDecoder: pipelineService<MaskDecoder>('mask-decoder'),
  presenceJudge: pipelineService<PresenceJudge>('presence-judge'),
  scorer: pipelineService<CandidateScorer>('scorer'),
  selector: pipelineService<CandidateSelector>('selector'),
  dataset: pipelineService<Dataset>('dataset'),
  importer: pipelineService<Importer>('importer'),
  observer: pipelineService<Observer>('observer'),
} as const;

/** Current version of each contract; a plugin's `contractVersion` range must contain it. */
export const contractVersions: Readonly<Record<PluginKind, number>> = {
  lvlm: 1,
  'region-prior': 1,
  'image-encoder': 1,
  'prompt-encoder': 1,
  'mask-decoder': 1,
  'presence-judge': 1,
  scorer: 1,
  selector: 1,
  dataset: 1,
  importer: 1,
  observer: 1,
};
