import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ops } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { describe, expect, it, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');

function worstDifference(a: TensorValue, b: TensorValue): number {
  expect(a.shape).toEqual(b.shape);
  return a.data.reduce((worst: number, x: number, i: number) => Math.max(worst, Math.abs(x - (b.data[i] ?? NaN))), 0);
}

/** Imports an example, which runs it, and returns what it printed beside what it exports. */
async function runExample<T>(load: () => Promise<T>): Promise<T & { printed: string }> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const exported = await load();
    return { ...exported, printed: print.mock.calls.flat().join('\n') };
  } finally {
    print.mockRestore();
  }
}

describe('docs/write-a-model.md', () => {
  it('shows the first program as the example file has it', async () => {
    const page = await readFile(join(root, 'docs/write-a-model.md'), 'utf8');
    const block = /```ts[^\n]*\n([\s\S]*?)```/.exec(page)?.[1];
    expect(block).toBe(await readFile(join(root, 'examples/compute-first-program.ts'), 'utf8'));
  });

  it('has a first program that learns the sine', async () => {
    const { printed } = await runExample(() => import('../../examples/compute-first-program.js'));
    const numbers = /of -2 and 1: (-?[\d.]+) and (-?[\d.]+)/.exec(printed)?.slice(1).map(Number) ?? [];
    expect(numbers[0]).toBeCloseTo(Math.sin(-2), 1);
    expect(numbers[1]).toBeCloseTo(Math.sin(1), 1);
  });

  it('lists every operation', async () => {
    const page = await readFile(join(root, 'docs/write-a-model.md'), 'utf8');
    const table = page.slice(page.indexOf('## Operations'), page.indexOf('## Larger models'));
    const absent = Object.keys(ops).filter((name) => !new RegExp(`\\b${name}\\b`).test(table));
    expect(absent).toEqual([]);
  });

  it('names files that are there', async () => {
    const page = await readFile(join(root, 'docs/write-a-model.md'), 'utf8');
    const named = [...page.matchAll(/(?:examples|figures)\/[\w-]+\.\w+/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(3);
    for (const path of named) await readFile(join(root, path.startsWith('figures') ? 'docs' : '', path));
  });
});

describe('plain models written from that page', () => {
  it('a convolutional classifier trains, and compiled equals eager', async () => {
    const { first, last, compiled, eager, right } = await runExample(
      () => import('../../examples/compute-conv-classifier.js'),
    );
    expect(last.loss).toBeLessThan(first.loss / 4);
    expect(right.length).toBeGreaterThan(20);
    expect(worstDifference(compiled, eager)).toBeLessThan(1e-4);
  });

  it('a two-layer transformer trains, and compiled equals eager', async () => {
    const { first, last, compiled, eager } = await runExample(() => import('../../examples/compute-transformer.js'));
    expect(last.loss).toBeLessThan(first.loss / 4);
    expect(worstDifference(compiled, eager)).toBeLessThan(1e-4);
  });
});
