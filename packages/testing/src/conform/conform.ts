import { createHost, isSim4SegError, Sim4SegError } from '@sim4seg/core';
import type { PartScope, PluginDefinition, PluginHost, PluginKind } from '@sim4seg/core';
import { demand, messageOf } from './breach.js';
import { declarationChecks } from './declaration-checks.js';
import { generalChecks } from './general-checks.js';
import { grownResource, resourcesNow } from './leaks.js';
import { conformText } from './report.js';
import type { ConformCheck, ConformReport } from './report.js';
import { CONFORM_SUITES } from './suites.js';
import type { ConformSettings, Skip, Suite, SuiteCheck } from './suite.js';

type Named = Pick<SuiteCheck<unknown>, 'name' | 'must' | 'fix'>;

const CYCLES = 6;

/**
 * Runs the conformance suite of a kind on a plugin. Never throws for what the plugin does: every breach is a check that
 * failed, with what must hold, what came and what to do.
 * @throws USAGE for a kind that does not exist
 */
export async function conform(
  kind: PluginKind,
  plugin: PluginDefinition,
  settings: ConformSettings = {},
): Promise<ConformReport> {
  const suite = suiteOf(kind);
  const checks: ConformCheck[] = [];
  for (const check of declarationChecks(suite, plugin, settings)) checks.push(await made(check, () => check.run()));
  if (checks[0]?.ok) checks.push(...(await checkInstances(suite, plugin, settings)));
  return { kind, plugin: plugin.id, ok: checks.every(({ ok }) => ok), checks };
}

/** {@link conform} for a test of any runner. @throws PLUGIN_INVALID with every failed check */
export async function expectConform(
  kind: PluginKind,
  plugin: PluginDefinition,
  settings: ConformSettings = {},
): Promise<void> {
  const report = await conform(kind, plugin, settings);
  if (report.ok) return;
  const must = `Plugin '${plugin.id}' passes the conformance suite of the kind '${kind}'`;
  throw new Sim4SegError('PLUGIN_INVALID', { must, got: conformText(report), fix: 'correct each of them' });
}

function suiteOf(kind: PluginKind): Suite {
  const suite = Object.hasOwn(CONFORM_SUITES, kind) ? CONFORM_SUITES[kind] : undefined;
  if (suite) return suite;
  const must = `The kind is one of ${Object.keys(CONFORM_SUITES).join(', ')}`;
  throw new Sim4SegError('USAGE', { must, got: `'${kind}'`, fix: 'name one of these' });
}

/** Makes instances of the plugin in a host, as a pipeline does. */
interface Workshop {
  make(): Promise<unknown>;
  /** Disposes every instance that was made. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

function openWorkshop(suite: Suite, plugin: PluginDefinition, settings: ConformSettings): Workshop {
  let own: PluginHost | null = null;
  const hostOf = (): PluginHost => settings.host ?? (own ??= ownHost(plugin, settings));
  let scopes: PartScope[] = [];
  const clear = async (): Promise<void> => {
    const open = scopes;
    scopes = [];
    for (const scope of open) await scope.dispose();
  };
  return {
    make: async () => {
      const choice = { path: suite.kind, service: suite.service, use: plugin.id, options: settings.options ?? {} };
      const scope = await hostOf().createParts([choice]);
      scopes.push(scope);
      return scope.get(suite.service);
    },
    clear,
    close: async () => {
      await clear();
      await own?.dispose();
    },
  };
}

function ownHost(plugin: PluginDefinition, { services = [] }: ConformSettings): PluginHost {
  const host = createHost([plugin]);
  for (const { service, instance } of services) host.provide(service, instance);
  return host;
}

async function checkInstances(
  suite: Suite,
  plugin: PluginDefinition,
  settings: ConformSettings,
): Promise<ConformCheck[]> {
  const workshop = openWorkshop(suite, plugin, settings);
  const creation = await checkCreation(suite, workshop);
  const checks: ConformCheck[] = [creation.check];
  if (creation.check.ok) checks.push(...(await checkPart(suite, creation.part, { settings, remake: workshop.make })));
  checks.push(await made(DISPOSAL, () => checkDisposal(workshop, creation.check.ok)));
  await workshop.close().catch(() => undefined); // A disposal that fails is a check above.
  return checks;
}

async function checkCreation(suite: Suite, workshop: Workshop): Promise<{ check: ConformCheck; part: unknown }> {
  let part: unknown;
  const check = await made(
    {
      name: 'creation',
      must: 'The part is created from these options, and declares sizes and capabilities that fit its kind',
      fix: 'correct what create() returns; give the services that it needs',
    },
    async () => {
      part = await workshop.make();
      demand(typeof part === 'object' && part !== null, `create() returned ${String(part)}`);
      suite.inspect?.(part);
    },
  );
  return { check, part };
}

async function checkPart(
  suite: Suite,
  part: unknown,
  { settings, remake }: { settings: ConformSettings; remake: () => Promise<unknown> },
): Promise<ConformCheck[]> {
  const lacking = suite.lacks?.(settings, part) ?? null;
  const results: ConformCheck[] = [];
  for (const check of [...generalChecks(suite, remake), ...suite.checks]) {
    const reason = lacking ?? (check.edge && results.some(({ ok }) => !ok) ? FAILS_ALREADY : null);
    const run = (): ReturnType<typeof check.run> =>
      reason === null ? check.run({ part, settings }) : { skipped: reason };
    results.push(await made(check, run));
  }
  return results;
}

const FAILS_ALREADY = 'an ordinary input fails already';

const DISPOSAL: Named = {
  name: 'disposal',
  must: 'A part that is disposed frees what it holds, without an error',
  fix: 'give the part a dispose() that ends timers, streams and sessions',
};

async function checkDisposal(workshop: Workshop, creates: boolean): Promise<Skip | void> {
  if (!creates) return { skipped: 'no part was created' };
  await workshop.clear();
  const before = resourcesNow();
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await workshop.make();
    await workshop.clear();
  }
  const grown = await grownResource(before, CYCLES);
  demand(grown === null, `${grown} more after ${CYCLES} parts were made and disposed`);
}

async function made({ name, must, fix }: Named, run: () => Promise<Skip | void> | Skip | void): Promise<ConformCheck> {
  try {
    const skipped = (await run())?.skipped ?? null;
    return { name, ok: true, skipped, must, got: skipped ?? 'as it must be', fix };
  } catch (error) {
    const got = messageOf(error);
    const cause = isSim4SegError(error) && error.code === 'WIRING' ? error.fix : fix;
    return { name, ok: false, skipped: null, must, got, fix: cause };
  }
}
