import { expect, it } from 'vitest';
import { z } from 'zod';
import type { PluginDefinition } from '../contracts/plugin.js';
import { services } from '../contracts/services.js';
import { definePlugin } from './define-plugin.js';
import { defineService } from './define-service.js';
import { findProblems } from './find-problems.js';
import { createHost } from './host.js';
import { expectNoProblems } from './join-problems.js';

const calibration = defineService<number>({ id: 'calibration', scope: 'pipeline' });
const plugin = (id: string, change: Partial<PluginDefinition> = {}): PluginDefinition =>
  definePlugin({
    id,
    contractVersion: '1',
    needs: {},
    provides: services.regionPrior,
    optionsSchema: z.strictObject({ level: z.number().default(1) }),
    create: () => expect.unreachable('nothing is made'),
    ...change,
  });
const choice = (use: string, options: Record<string, unknown> = {}) => ({
  path: 'regionPrior',
  service: services.regionPrior,
  use,
  options,
});

it('lists everything that is wrong, of plugins and of choices, without making a part', () => {
  const plugins = [
    plugin('good'),
    plugin('good'),
    plugin('later', { contractVersion: '7' }),
    plugin('needy', { needs: { scale: calibration, bundle: services.bundle } }),
  ];
  const choices = [choice('nobody'), choice('good', { level: 'high' }), choice('needy')];
  const problems = findProblems({ plugins, choices, provided: [services.bundle] });
  const codes = ['PLUGIN_DUPLICATE', 'PLUGIN_VERSION', 'PLUGIN_MISSING', 'CONFIG_INVALID', 'WIRING'];
  expect(problems.map(({ code }) => code)).toEqual(codes);
  const joined = /5 problems: .*'good'.*'later'.*'nobody'.*level.*'needy'.*'calibration'/;
  expect(() => expectNoProblems(problems)).toThrow(
    expect.objectContaining({ code: 'WIRING', got: expect.stringMatching(joined) }),
  );
});

it('is silent where all is well', () => {
  expect(findProblems({ plugins: [plugin('good')], choices: [choice('good')] })).toEqual([]);
});

it('a host says both of two wrong plugins', () => {
  const wrong = ['a', 'b'].map((id) => plugin(id, { contractVersion: '9' }));
  expect(() => createHost(wrong)).toThrow(
    expect.objectContaining({ code: 'PLUGIN_VERSION', got: expect.stringMatching(/2 problems/) }),
  );
});
