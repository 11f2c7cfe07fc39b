import type { PluginKind } from '../contracts/plugin.js';
import { contractVersions } from '../contracts/services.js';
import { Sim4SegError } from '../errors.js';

/** Makes a part that keeps version `from` of its contract into one that keeps the next version. */
export interface ContractConverter {
  readonly kind: PluginKind;
  readonly from: number;
  /** Wraps the part; the host disposes the part itself. */
  convert(part: unknown): unknown;
}

/** The versions that a host speaks, and what keeps plugins for older ones running. */
export interface HostContracts {
  readonly versions: Readonly<Record<PluginKind, number>>;
  readonly converters: readonly ContractConverter[];
}

/** Contracts of this release. All are in their first version, so nothing needs a converter yet. */
export const HOST_CONTRACTS: HostContracts = { versions: contractVersions, converters: [] };

/** Brings a part to the version that the host speaks. */
export type PartUpgrade = (part: unknown) => unknown;

/**
 * How a part of a plugin for the contract versions `range` gets to the host's version: as it is where the range holds
 * that version, else through converters from the newest version of the range.
 * @returns null where the plugin cannot run: it is newer than the host, or a converter is missing
 * @throws PLUGIN_INVALID when the range cannot be read
 */
export function contractUpgrade(
  { kind, range }: { readonly kind: PluginKind; readonly range: string },
  { versions, converters }: HostContracts,
): PartUpgrade | null {
  const steps: ContractConverter[] = [];
  for (let version = versions[kind]; version >= 0; version--) {
    if (contractRangeHolds(range, version)) return (part) => steps.reduce((made, step) => step.convert(made), part);
    const step = converters.find(({ kind: of, from }) => of === kind && from === version - 1);
    if (!step) return null;
    steps.unshift(step);
  }
  return null;
}

/**
 * Whether a semver range of contract versions ('1', '^1', '1 - 2', '1 || 3') holds a version. Contracts count whole
 * versions, so minor and patch parts of the range are read and ignored.
 * @throws PLUGIN_INVALID when the range cannot be read
 */
export function contractRangeHolds(range: string, version: number): boolean {
  return range.split('||').some((part) => {
    const match = /^\s*[\^~]?(\d+)(?:\.[\dx*]+){0,2}(?:\s+-\s+(\d+)(?:\.[\dx*]+){0,2})?\s*$/.exec(part);
    if (!match) throw unreadable(range);
    const low = Number(match[1]);
    const high = match[2] === undefined ? low : Number(match[2]);
    return low <= version && version <= high;
  });
}

function unreadable(range: string): Sim4SegError {
  return new Sim4SegError('PLUGIN_INVALID', {
    must: "contractVersion is a semver range such as '1' or '1 - 2'",
    got: `'${range}'`,
    fix: 'write the contract versions that the plugin was made for',
  });
}
