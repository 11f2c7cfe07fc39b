import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSim4SegError } from '../errors.js';
import { applySet, applySets } from './apply-set.js';
import { mergeConfig } from './merge-config.js';
import { parseConfig } from './parse-config.js';
import { dataChoices, pipelineChoices } from './part-choices.js';
import { resolveConfig } from './resolve-config.js';
import { configJsonSchema } from './schema.js';
import type { ConfigTree } from './schema.js';

const preset: ConfigTree = {
  lvlm: { use: 'tiny' },
  regionPrior: { use: 'topCells', gridCells: 16, topN: 36 },
  imageEncoder: { use: 'trunk' },
  promptEncoder: { use: 'sam' },
  maskDecoder: { use: 'sam' },
  presence: { use: 'answer' },
  selector: { use: 'predictedIou' },
};
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });

describe('config form', () => {
  it('takes the documented tree', () => {
    const tree = {
      ...preset,
      plugins: ['my-plugin', '@scope/plugin', './local/plugin.js'],
      scorers: [{ use: 'a', weight: 2 }],
      datasets: [{ use: 'case-folder', path: 'x' }],
      importer: { use: 'case-folders' },
      observers: [{ use: 'log' }],
      tts: { paths: 3, masks: 3 },
      seed: 7,
      compat: 'official',
      engine: { use: 'tfjs', backend: 'tensorflow', module: '@tensorflow/tfjs-node-gpu' },
      training: { epochs: 4, anything: [1, { deep: null }] },
      bundle: './bundle',
    };
    expect(parseConfig(tree)).toEqual(tree);
  });

  it('refuses unknown keys with a hint', () => {
    expect(() => parseConfig({ regionPriors: { use: 'none' } })).toThrow(
      invalid(/regionPriors.*did you mean 'regionPrior'/),
    );
    expect(() => parseConfig({ tts: { path: 3 } })).toThrow(invalid(/tts\.path = 3.*did you mean 'paths'/));
    expect(() => parseConfig({ nonsense: 1 })).toThrow(invalid(/nonsense = 1.*use one of: lvlm/));
  });

  it('refuses wrong types with path and value, all at once', () => {
    expect(() => parseConfig({ seed: -1, tts: { masks: 'x' } })).toThrow(invalid(/tts\.masks is "x".*seed is -1/s));
    expect(() => parseConfig({ lvlm: 'tiny' })).toThrow(invalid(/lvlm is "tiny"/));
    expect(() => parseConfig({ plugins: ['../outside'] })).toThrow(invalid(/plugins\.0/));
    expect(() => parseConfig({ plugins: ['./a/../../b'] })).toThrow(invalid(/no '\.\.'/));
    expect(() => parseConfig([])).toThrow(invalid(/./));
    expect(() => parseConfig({ seed: NaN })).toThrow(invalid(/at seed/));
  });

  it('refuses keys that reach a prototype, anywhere, and values that are not plain', () => {
    const evil = [
      '{"__proto__":{"x":1}}',
      '{"training":{"a":[{"__proto__":1}]}}',
      '{"lvlm":{"use":"a","constructor":{}}}',
      '{"prototype":1}',
    ];
    for (const text of evil) expect(() => parseConfig(JSON.parse(text))).toThrow(invalid(/the key '/));
    expect(() => parseConfig({ lvlm: { use: 'x', f: () => 1 } })).toThrow(invalid(/lvlm\.f.*a function/));
    expect(() => parseConfig({ training: new Date() })).toThrow(invalid(/not plain/));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('never breaks on any JSON: a tree or a coded error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseConfig(value);
        } catch (error) {
          expect(isSim4SegError(error) && error.code).toBe('CONFIG_INVALID');
        }
      }),
    );
  });

  it('exports its JSON Schema', () => {
    const schema = configJsonSchema() as { properties: Record<string, unknown>; additionalProperties: unknown };
    expect(Object.keys(schema.properties)).toContain('regionPrior');
    expect(schema.additionalProperties).toBe(false);
  });
});

describe('resolved config', () => {
  it('is complete: tree over preset over defaults', () => {
    const config = resolveConfig({ regionPrior: { topN: 24 }, tts: { paths: 3 } }, preset);
    expect(config.regionPrior).toEqual({ use: 'topCells', gridCells: 16, topN: 24 });
    expect(config.tts).toEqual({ paths: 3, masks: 1, temperature: 0.7, topP: 1, maxTokens: 160 });
    expect(config.engine).toEqual({ use: 'ort', providers: ['cpu'] });
    expect([config.seed, config.compat, config.bundle, config.training]).toEqual([0, 'corrected', null, {}]);
  });

  it('drops the options of the plugin that is replaced', () => {
    expect(mergeConfig(preset, { regionPrior: { use: 'none' } }).regionPrior).toEqual({ use: 'none' });
  });

  it('refuses impossible combinations and parts without a plugin', () => {
    expect(() => resolveConfig({ engine: { backend: 'wasm' } }, preset)).toThrow(
      invalid(/engine\.backend.*engine\.use 'tfjs'/),
    );
    expect(() => resolveConfig({ engine: { use: 'tfjs', providers: ['cpu'] } }, preset)).toThrow(
      invalid(/engine\.providers/),
    );
    const module = '@tensorflow/tfjs-node';
    expect(() => resolveConfig({ engine: { use: 'tfjs', backend: 'wasm', module } }, preset)).toThrow(
      invalid(/engine\.module/),
    );
    expect(resolveConfig({ engine: { use: 'tfjs', module } }, preset).engine).toEqual({
      use: 'tfjs',
      backend: 'tensorflow',
      module,
    });
    expect(() => resolveConfig({ lvlm: { x: 1 } }, {})).toThrow(invalid(/lvlm names its plugin/));
  });

  it('becomes choices for the host', () => {
    const config = resolveConfig({ scorers: [{ use: 'a', w: 1 }] }, preset);
    const choices = pipelineChoices(config);
    expect(choices.map((c) => [c.path, c.service.id, c.use])).toContainEqual(['presence', 'presence-judge', 'answer']);
    expect(choices.at(-1)).toMatchObject({ path: 'scorers.0', use: 'a', options: { w: 1 } });
    expect(dataChoices(config).map((c) => c.path)).toEqual(['importer']);
  });
});

describe('assignments', () => {
  it('set values of any depth, as JSON or text', () => {
    expect(applySet({}, 'tts.paths=3')).toEqual({ tts: { paths: 3 } });
    expect(applySet({}, 'bundle=./b=c')).toEqual({ bundle: './b=c' });
    expect(applySet({ scorers: [{ use: 'a' }] }, 'scorers.0.weight=2')).toEqual({ scorers: [{ use: 'a', weight: 2 }] });
    expect(applySet({ scorers: [{ use: 'a' }] }, 'scorers.1.use=b')).toEqual({ scorers: [{ use: 'a' }, { use: 'b' }] });
    expect(applySet({}, 'engine.providers=["cuda","cpu"]')).toEqual({ engine: { providers: ['cuda', 'cpu'] } });
  });

  it('choose plugins before options, in any order', () => {
    const tree: ConfigTree = { regionPrior: { use: 'topCells', topN: 24 } };
    expect(applySets(tree, ['regionPrior.tau=0.5', 'regionPrior.use=threshold'])).toEqual({
      regionPrior: { use: 'threshold', tau: 0.5 },
    });
    expect(tree.regionPrior).toEqual({ use: 'topCells', topN: 24 });
  });

  it('refuse what has no path or runs through a value', () => {
    for (const bad of [
      'x',
      '=1',
      'a..b=1',
      '__proto__.x=1',
      'lvlm.constructor=1',
      'seed.x=1',
      'scorers.9.use=a',
      'scorers.x=1',
    ]) {
      expect(() => applySet({ seed: 1, scorers: [] }, bad)).toThrow(invalid(/path=value/));
    }
  });
});
