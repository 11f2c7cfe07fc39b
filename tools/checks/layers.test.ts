import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkLayers } from './layers.mjs';

describe('the layer rule', () => {
  let root: string;
  const write = (path: string, text: string) => {
    const file = join(root, 'packages', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'layers-'));
    write('core/src/index.ts', 'export const one = 1;\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('lets arrows go down', () => {
    write('compute/src/index.ts', "import { one } from '@sim4seg/core';\nexport { one };\n");
    expect(checkLayers(root)).toEqual([]);
  });

  it.each([
    ['core/src/up.ts', "import { compile } from '@sim4seg/compute';"],
    ['core/src/type.ts', "import type { Program } from '@sim4seg/compute';"],
    ['rvls2m/src/sibling.ts', "import { samDecoder } from '@sim4seg/decoders';"],
    ['decoders/src/engine.ts', "import * as tf from '@tensorflow/tfjs-core';"],
    ['trainer/src/lazy.ts', "const lvlm = await import('@sim4seg/backbones');"],
    ['tts/src/path.ts', "import { x } from '../../rvls2m/src/index.js';"],
    ['data/src/di.ts', "import { container } from 'tsyringe';"],
    ['compute/src/index.ts', "import { readFileSync } from 'node:fs';"],
  ])('refuses the arrow of %s', (path, text) => {
    write(path, `${text}\n`);
    expect(checkLayers(root)).toHaveLength(1);
  });
});
