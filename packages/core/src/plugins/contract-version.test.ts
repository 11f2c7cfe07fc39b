import { describe, expect, it } from 'vitest';
import { contractVersions, services } from '../contracts/services.js';
import type { RegionPrior, RegionPriorInput } from '../contracts/region-prior.js';
import type { PluginDefinition, ServiceReference } from '../contracts/plugin.js';
import type { ContractConverter, HostContracts } from './contract-version.js';
import { HOST_CONTRACTS, contractUpgrade } from './contract-version.js';
import { definePlugin } from './define-plugin.js';
import { createHost } from './host.js';

/** A version 2 that never was: prompts for many variants in one call. */
interface RegionPrior2 {
  readonly capabilities: RegionPrior['capabilities'];
  promptsForAll(input: Omit<RegionPriorInput, 'variant'>, variants: number): ReturnType<RegionPrior['promptsFor']>[];
}

const toVersion2: ContractConverter = {
  kind: 'region-prior',
  from: 1,
  convert: (part) => {
    const prior = part as RegionPrior;
    const one = (input: Omit<RegionPriorInput, 'variant'>, variant: number) => prior.promptsFor({ ...input, variant });
    const converted: RegionPrior2 = {
      capabilities: prior.capabilities,
      promptsForAll: (input, variants) => Array.from({ length: variants }, (_, variant) => one(input, variant)),
    };
    return converted;
  },
};

const version2: HostContracts = { versions: { ...contractVersions, 'region-prior': 2 }, converters: [toVersion2] };
const service2 = services.regionPrior as unknown as ServiceReference<RegionPrior2>;
const choice = { path: 'regionPrior', service: service2, use: 'top-rows', options: { rows: 1 } };

async function pluginOfVersion1(): Promise<PluginDefinition> {
  const { topRows } = (await import('../../test/fixtures/region-prior-of-version-1.js')) as {
    topRows: PluginDefinition;
  };
  return topRows;
}

const input = {
  imageTokens: null,
  segEmbedding: null,
  tokenRows: 2,
  tokenColumns: 2,
  frame: { sidePx: 8, contentWidthPx: 8, contentHeightPx: 8, originalWidthPx: 8, originalHeightPx: 8 },
  promptSide: 2,
};

describe('a plugin built for version 1', () => {
  it('runs in a host of version 1 as it is', async () => {
    const scope = await createHost([await pluginOfVersion1()]).createParts([choice]);
    const { prompts } = scope.get(services.regionPrior).promptsFor({ ...input, variant: 0 });
    expect([...(prompts.mask?.data ?? [])]).toEqual([4, 4, -4, -4]);
  });

  it('runs in a host of version 2 through the converter, and is disposed', async () => {
    const host = createHost([await pluginOfVersion1()], version2);
    const scope = await host.createParts([choice]);
    const all = scope.get(service2).promptsForAll(input, 3);
    expect(all.map(({ prompts }) => prompts.mask?.data[0])).toEqual([4, 4, 4]);
    expect(host.plugins[0]?.contractVersion).toBe('1');
    const seen = globalThis as { topRowsDisposed?: boolean };
    delete seen.topRowsDisposed;
    await scope.dispose();
    expect(seen.topRowsDisposed).toBe(true);
  });

  it('is refused with both versions and the fix where nothing converts it', async () => {
    const plugin = await pluginOfVersion1();
    expect(() => createHost([plugin], { ...version2, converters: [] })).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_VERSION',
        message: expect.stringMatching(/version 2 of the contract 'region-prior'.*made for '1'.*install/s),
      }),
    );
  });
});

describe('contract versions', () => {
  it('leave a plugin of both versions as it is', async () => {
    const both = definePlugin({ ...(await pluginOfVersion1()), contractVersion: '1 - 2' });
    const part = {};
    expect(contractUpgrade({ kind: 'region-prior', range: both.contractVersion }, version2)?.(part)).toBe(part);
  });

  it('go through several converters in order', () => {
    const step = (from: number): ContractConverter => ({
      kind: 'scorer',
      from,
      convert: (part) => `${part as string}${from}`,
    });
    const contracts = { versions: { ...contractVersions, scorer: 4 }, converters: [step(3), step(1), step(2)] };
    expect(contractUpgrade({ kind: 'scorer', range: '1' }, contracts)?.('v')).toBe('v123');
    expect(contractUpgrade({ kind: 'scorer', range: '1 - 2' }, contracts)?.('v')).toBe('v23');
    expect(contractUpgrade({ kind: 'scorer', range: '0' }, contracts)).toBeNull();
    expect(contractUpgrade({ kind: 'selector', range: '2' }, contracts)).toBeNull();
  });

  it('are all the first ones, without converters, in this release', () => {
    expect(new Set(Object.values(HOST_CONTRACTS.versions))).toEqual(new Set([1]));
    expect(contractUpgrade({ kind: 'lvlm', range: '2' }, HOST_CONTRACTS)).toBeNull();
  });
});
