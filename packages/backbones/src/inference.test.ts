import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { llamaTinyInference, segToken } from './inference.js';
import { llamaTiny } from './plugin.js';

/** Files that an entry loads at run time, within this package, and the packages it imports. */
function loadedFrom(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm)) {
    if (from!.startsWith('.')) loadedFrom(resolve(dirname(file), from!.replace(/\.js$/, '.ts')), seen, packages);
    else packages.add(from!);
  }
  return packages;
}

const entry = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe('entries', () => {
  it('answers without loading an engine', () => {
    expect([...loadedFrom(entry('./inference.ts'))].sort()).toEqual([
      '@huggingface/tokenizers',
      '@sim4seg/core',
      'zod',
    ]);
    expect(loadedFrom(entry('./plugin.ts'))).toContain('@sim4seg/compute');
  });

  it('gives one plugin with and without training', () => {
    expect(llamaTinyInference.id).toBe(llamaTiny.id);
    expect(llamaTinyInference.trainable).toBeUndefined();
    expect(llamaTiny.trainable).toBeTypeOf('function');
    expect(segToken.provides.id).toBe('presence-judge');
  });
});
