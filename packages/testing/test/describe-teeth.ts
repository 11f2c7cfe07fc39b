import type { PluginKind, ServiceReference } from '@sim4seg/core';
import { afterEach, describe, expect, it } from 'vitest';
import { conform } from '../src/conform/conform.js';
import { conformText } from '../src/conform/report.js';
import type { ConformSettings } from '../src/conform/suite.js';
import { fakePlugin } from '../src/fakes/fake-plugins.js';

/** A part broken on purpose. */
export interface Broken<T> {
  /** The checks that must fail, the first for this reason. */
  readonly breaks: readonly [string, ...string[]];
  readonly got: RegExp;
  /** Checks that fail for the same reason. */
  readonly also?: readonly string[];
  make(good: T): T;
}

const timers: NodeJS.Timeout[] = [];
/** Leaves a timer that runs for long; ended after the test. */
export const leakTimer = (): void => void timers.push(setTimeout(() => undefined, 60_000));

/** A good part passes; each broken one fails the checks that it must fail, and no other. */
export function describeTeeth<T>(
  kind: PluginKind,
  service: ServiceReference<T>,
  makeGood: () => T,
  broken: Readonly<Record<string, Broken<T>>>,
  settings: ConformSettings = {},
): void {
  describe(`the suite of ${kind}`, () => {
    afterEach(() => timers.splice(0).forEach((timer) => clearTimeout(timer)));

    it('lets a good part pass', async () => {
      const report = await conform(kind, fakePlugin(service, makeGood), settings);
      expect(report.ok, conformText(report)).toBe(true);
    });

    it('has at least five broken parts', () => expect(Object.keys(broken).length).toBeGreaterThanOrEqual(5));

    it.each(Object.entries(broken))('%s', async (_name, { breaks, got, also = [], make }) => {
      const report = await conform(
        kind,
        fakePlugin(service, () => make(makeGood())),
        settings,
      );
      const failed = report.checks.filter(({ ok }) => !ok);
      expect(failed.find(({ name }) => name === breaks[0])?.got, conformText(report)).toMatch(got);
      expect(new Set([...breaks, ...also])).toEqual(new Set(failed.map(({ name }) => name)));
    });
  });
}
