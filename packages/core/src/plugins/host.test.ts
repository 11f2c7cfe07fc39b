import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { PluginDefinition, ServiceReference } from '../contracts/plugin.js';
import { services } from '../contracts/services.js';
import type { RegionPrior } from '../contracts/region-prior.js';
import { isSim4SegError } from '../errors.js';
import type { Sim4SegError } from '../errors.js';
import { contractRangeHolds } from './contract-version.js';
import { definePlugin, isPlugin } from './define-plugin.js';
import { defineService } from './define-service.js';
import { createHost } from './host.js';
import type { PartChoice } from './part-choice.js';

const noOptions = z.strictObject({});

const prior = definePlugin({
  id: 'test-prior',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: z.strictObject({ topN: z.number().int().positive().default(36) }),
  create: ({ options }) => {
    expectTypeOf(options).toEqualTypeOf<{ topN: number }>();
    return {
      capabilities: { needsSegEmbeddings: false },
      promptsFor: () => ({ prompts: {}, similarity: null, cells: null }),
    };
  },
});

/** A plugin of a kind that makes a named object and logs what happens to it. */
const logged = (
  log: string[],
  {
    id,
    service,
    needs = {},
    fails = false,
  }: {
    id: string;
    service: ServiceReference<unknown>;
    needs?: Record<string, ServiceReference<unknown>>;
    fails?: boolean;
  },
): PluginDefinition =>
  definePlugin({
    id,
    contractVersion: '1 - 2',
    needs,
    provides: service,
    optionsSchema: noOptions,
    create: async (context) => {
      if (fails) throw new TypeError(`${id} broke`);
      log.push(`+${id}(${Object.keys(context.needs).join(',')})`);
      return { id, dispose: () => void log.push(`-${id}`) };
    },
  });

const choose = (path: string, service: ServiceReference<unknown>, use: string, options = {}): PartChoice => ({
  path,
  service,
  use,
  options,
});

async function failureOf(promise: Promise<unknown>): Promise<Sim4SegError> {
  const error: unknown = await promise.then(
    () => expect.unreachable('it should fail'),
    (caught: unknown) => caught,
  );
  expect(isSim4SegError(error)).toBe(true);
  return error as Sim4SegError;
}

describe('plugin declarations', () => {
  it('are values with a mark; others are refused', () => {
    expect(isPlugin(prior)).toBe(true);
    expect(isPlugin({ ...prior })).toBe(false);
    expect(() => createHost([{ ...prior }])).toThrow(/definePlugin/);
    expect(() => definePlugin({ ...prior, id: '../x' })).toThrow(/plugin id/);
    expect(() => definePlugin({ ...prior, provides: services.bundle as never })).toThrow(/kinds/);
  });

  it('register once', () => {
    const twice = (): unknown => createHost([prior, prior]);
    expect(twice).toThrow(expect.objectContaining({ code: 'PLUGIN_DUPLICATE' }));
  });

  it('are refused outside their contract range, with both versions', () => {
    const late = definePlugin({ ...prior, contractVersion: '2 - 3' });
    expect(() => createHost([late])).toThrow(
      expect.objectContaining({ code: 'PLUGIN_VERSION', message: expect.stringMatching(/version 1 .*'2 - 3'/s) }),
    );
    expect(['1', '^1', '1.2', '1.x', '0 - 1', '1 - 2', '2 || 1'].every((range) => contractRangeHolds(range, 1))).toBe(
      true,
    );
    expect(['2', '2 - 3', '0'].some((range) => contractRangeHolds(range, 1))).toBe(false);
    expect(() => contractRangeHolds('latest', 1)).toThrow(/semver/);
  });
});

describe('plugin host', () => {
  it('gives typed parts with checked options', async () => {
    const host = createHost([prior]);
    const scope = await host.createParts([choose('regionPrior', services.regionPrior, 'test-prior')]);
    const part = scope.get(services.regionPrior);
    expectTypeOf(part).toEqualTypeOf<RegionPrior>();
    expect(scope.parts[0]?.options).toEqual({ topN: 36 });
    expect(scope.getAll(services.scorer)).toEqual([]);
    await scope.dispose();
  });

  it('hands settings of the whole config to options that have such a key', async () => {
    const schema = z.strictObject({ compat: z.enum(['corrected', 'official']).default('corrected') });
    const withCompat = definePlugin({
      id: 'with-compat',
      contractVersion: '1',
      needs: {},
      provides: services.regionPrior,
      optionsSchema: schema,
      create: () => prior.create({ needs: {}, options: { topN: 1 } }),
    });
    const host = createHost([prior, withCompat]);
    const inherited = { compat: 'official' };
    const optionsOf = (use: string, options = {}): unknown =>
      host.resolve({ ...choose('regionPrior', services.regionPrior, use, options), inherited }).options;
    expect(optionsOf('with-compat')).toEqual({ compat: 'official' });
    expect(optionsOf('with-compat', { compat: 'corrected' })).toEqual({ compat: 'corrected' });
    expect(optionsOf('test-prior')).toEqual({ topN: 36 });
  });

  it('makes parts after what they need and disposes them in reverse order', async () => {
    const log: string[] = [];
    const host = createHost([
      logged(log, {
        id: 'lm',
        service: services.lvlm,
        needs: { encoder: services.imageEncoder, bundle: services.bundle },
      }),
      logged(log, { id: 'enc', service: services.imageEncoder }),
      logged(log, { id: 's1', service: services.scorer }),
      logged(log, { id: 's2', service: services.scorer }),
    ]);
    host.provide(services.bundle, { name: 'b' } as never);
    const scope = await host.createParts([
      choose('lvlm', services.lvlm, 'lm'),
      choose('imageEncoder', services.imageEncoder, 'enc'),
      choose('scorers.0', services.scorer, 's2'),
      choose('scorers.1', services.scorer, 's1'),
    ]);
    expect(scope.getAll(services.scorer).map((s) => (s as unknown as { id: string }).id)).toEqual(['s2', 's1']);
    await scope.dispose();
    await scope.dispose();
    expect(log).toEqual(['+enc()', '+lm(encoder,bundle)', '+s2()', '+s1()', '-s1', '-s2', '-lm', '-enc']);
  });

  it('disposes what was made when a part fails half-way', async () => {
    const log: string[] = [];
    const host = createHost([
      logged(log, { id: 'enc', service: services.imageEncoder }),
      logged(log, { id: 'lm', service: services.lvlm, needs: { encoder: services.imageEncoder }, fails: true }),
    ]);
    const error = await failureOf(
      host.createParts([choose('lvlm', services.lvlm, 'lm'), choose('imageEncoder', services.imageEncoder, 'enc')]),
    );
    expect(log).toEqual(['+enc()', '-enc']);
    expect([error.code, error.got]).toEqual(['PLUGIN_INVALID', 'lm broke']);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('keeps pipelines apart, shares host services, and lets the latest pipeline go alone', async () => {
    const counter = { made: 0, gone: 0 };
    const shared = defineService<{ dispose(): void }>({
      id: 'shared-thing',
      scope: 'host',
      fallback: () => ((counter.made += 1), { dispose: () => void (counter.gone += 1) }),
    });
    const log: string[] = [];
    const host = createHost([logged(log, { id: 'enc', service: services.imageEncoder, needs: { shared } })]);
    const choices = [choose('imageEncoder', services.imageEncoder, 'enc')];
    const [a, b] = [await host.createParts(choices), await host.createParts(choices)];
    expect(a.get(services.imageEncoder)).not.toBe(b.get(services.imageEncoder));
    await a.dispose();
    expect(b.get(services.imageEncoder)).toBeDefined();
    await b.dispose();
    expect(counter).toEqual({ made: 1, gone: 0 });
    await host.dispose();
    expect(counter).toEqual({ made: 1, gone: 1 });
  });

  it('lists every wiring problem in one error: who asked, what is missing, what is there', async () => {
    const host = createHost([
      prior,
      logged([], { id: 'lm', service: services.lvlm, needs: { bundle: services.bundle } }),
    ]);
    const error = await failureOf(
      host.createParts([
        choose('lvlm', services.lvlm, 'lm'),
        choose('regionPrior', services.regionPrior, 'tset-prior'),
        choose('regionPrior', services.regionPrior, 'test-prior', { topN: -1, extra: 1 }),
      ]),
    );
    expect(error.code).toBe('WIRING');
    expect(error.message).toMatch(/Plugin 'lm' \(lvlm\) gets its need 'bundle'/);
    expect(error.message).toMatch(/'tset-prior'; there is: test-prior.*did you mean 'test-prior'/);
    expect(error.message).toMatch(/regionPrior\.topN.*value -1.*extra/s);
  });

  it('speaks with the one code when there is one problem, and refuses circles', async () => {
    const host = createHost([
      logged([], { id: 'a', service: services.lvlm, needs: { x: services.imageEncoder } }),
      logged([], { id: 'b', service: services.imageEncoder, needs: { x: services.lvlm } }),
    ]);
    expect((await failureOf(host.createParts([choose('lvlm', services.lvlm, 'zzz')]))).code).toBe('PLUGIN_MISSING');
    const circle = await failureOf(
      host.createParts([choose('lvlm', services.lvlm, 'a'), choose('imageEncoder', services.imageEncoder, 'b')]),
    );
    expect(circle.got).toBe('a needs b needs a');
  });
});
