import type { PluginDefinition, ServiceReference } from '../contracts/plugin.js';
import type { Sim4SegError } from '../errors.js';
import { HOST_CONTRACTS } from './contract-version.js';
import type { HostContracts } from './contract-version.js';
import type { PartChoice } from './part-choice.js';
import { registerPlugins } from './registry.js';
import { resolveParts } from './wiring.js';

/** What a host would be made of. */
export interface WiringDraft {
  readonly plugins: Iterable<PluginDefinition>;
  readonly choices: readonly PartChoice[];
  /** Services that the host will be given. */
  readonly provided?: readonly ServiceReference<unknown>[];
  readonly contracts?: HostContracts;
}

/**
 * Everything that keeps plugins and choices from working together, without making any part: plugins of other contract
 * versions, ids used twice, choices that nobody registered, options that do not hold, needs that nobody provides.
 */
export function findProblems(draft: WiringDraft): readonly Sim4SegError[] {
  const { plugins, choices, provided = [], contracts = HOST_CONTRACTS } = draft;
  const { registry, problems } = registerPlugins(plugins, contracts);
  const ids = new Set(provided.map(({ id }) => id));
  return [...problems, ...resolveParts(choices, registry, ({ id }) => ids.has(id)).problems];
}
