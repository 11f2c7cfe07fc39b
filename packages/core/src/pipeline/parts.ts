import type { LabelVocabulary } from '../contracts/bundle.js';
import type { CandidateScorer, CandidateSelector } from '../contracts/candidates.js';
import type { ImageEncoder } from '../contracts/image-encoder.js';
import type { Lvlm } from '../contracts/lvlm.js';
import type { Observer } from '../contracts/observer.js';
import type { PresenceJudge } from '../contracts/presence.js';
import type { RegionPrior } from '../contracts/region-prior.js';
import type { MaskDecoder, PromptEncoder } from '../contracts/segmenter.js';
import { services } from '../contracts/services.js';
import type { PartScope } from '../plugins/host.js';

/** The parts of one pipeline; each comes from a plugin and none knows the others. */
export interface PipelineParts {
  readonly lvlm: Lvlm;
  readonly regionPrior: RegionPrior;
  readonly imageEncoder: ImageEncoder;
  readonly promptEncoder: PromptEncoder;
  readonly maskDecoder: MaskDecoder;
  readonly presenceJudge: PresenceJudge;
  readonly scorers: readonly CandidateScorer[];
  readonly selector: CandidateSelector;
  readonly observers: readonly Observer[];
  /** Labels that a diagnosis may be. */
  readonly labels: LabelVocabulary;
  /** Ids of the plugins that made the parts, for messages; without them a message names the part alone. */
  readonly names?: PartNames;
}

/** Id of the plugin by key of the config. */
export type PartNames = Readonly<
  Partial<
    Record<
      'lvlm' | 'regionPrior' | 'imageEncoder' | 'promptEncoder' | 'maskDecoder' | 'presence' | 'selector' | 'scorers',
      string
    >
  >
>;

/** The parts that a host made for a config. */
export function partsOf(scope: PartScope, labels: LabelVocabulary): PipelineParts {
  return {
    lvlm: scope.get(services.lvlm),
    regionPrior: scope.get(services.regionPrior),
    imageEncoder: scope.get(services.imageEncoder),
    promptEncoder: scope.get(services.promptEncoder),
    maskDecoder: scope.get(services.maskDecoder),
    presenceJudge: scope.get(services.presenceJudge),
    scorers: scope.getAll(services.scorer),
    selector: scope.get(services.selector),
    observers: scope.getAll(services.observer),
    labels,
    names: namesOf(scope),
  };
}

function namesOf({ parts }: PartScope): PartNames {
  const ids = new Map<string, string[]>();
  for (const { path, plugin } of parts) {
    const [key = path] = path.split('.');
    ids.set(key, [...(ids.get(key) ?? []), plugin.id]);
  }
  return Object.fromEntries([...ids].map(([key, list]) => [key, list.join("', '")]));
}
