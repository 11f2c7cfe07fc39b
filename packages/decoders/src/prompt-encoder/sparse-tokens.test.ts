import type { GraphRunner, GraphValue, RegionPrompts } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { sparseTokens } from './sparse-tokens.js';

/** Graphs whose tokens say what they were made of: (x, label) of a point, (x0, -5) and (x1, -5) of a box. */
function fakeGraphs(names: readonly string[] = ['sam-prompt-encoder.points', 'sam-prompt-encoder.boxes']): GraphRunner {
  const run = (graph: string, inputs: Readonly<Record<string, GraphValue>>): Float32Array => {
    const places = (inputs['points'] ?? inputs['boxes'])!.data as Float32Array;
    if (graph.endsWith('boxes')) return Float32Array.from(places, (_, i) => (i % 2 ? -5 : places[i]!));
    return Float32Array.from(places, (value, i) => (i % 2 ? Number(inputs['labels']!.data[i >> 1]) : value));
  };
  return {
    has: (graph) => names.includes(graph),
    run: async (graph, inputs) => ({ tokens: { data: run(graph, inputs), shape: [0, 2], dtype: 'float32' } }),
  };
}

const text = { data: Float32Array.of(0.5, 0.5), shape: [1, 1, 2] };
const encode = async (prompt: RegionPrompts, graphs = fakeGraphs()): Promise<number[]> => {
  const context = { graphs, sizes: { width: 2 }, signal: undefined };
  const { data, shape } = await sparseTokens(context, { prompts: [prompt], text });
  expect(shape[1]! * shape[2]!).toBe(data.length);
  return [...data];
};
const none = [0, -1];

describe('tokens of a prompt', () => {
  it('are the text alone where nothing else is given', async () => {
    expect(await encode({})).toEqual([0.5, 0.5]);
  });

  it('are points, then rows that are no point, then the text', async () => {
    const points = { data: Float32Array.of(3, 9, 4, 9, 7, 9), shape: [1, 3, 2] };
    const pointLabels = { data: Int32Array.of(1, 0, -1), shape: [1, 3] };
    const expected = [3, 1, 4, 0, 7, -1, ...none, ...none, ...none, ...none, 0.5, 0.5];
    expect(await encode({ points, pointLabels })).toEqual(expected);
  });

  it('are the corners of a box before the text', async () => {
    const boxes = { data: Float32Array.of(1, 2, 8, 9), shape: [1, 4] };
    const filled = Array.from({ length: 5 }, () => none).flat();
    expect(await encode({ boxes })).toEqual([...filled, 1, -5, 8, -5, 0.5, 0.5]);
  });
});

describe('a prompt that does not fit', () => {
  const points = (count: number): RegionPrompts => ({
    points: { data: new Float32Array(2 * count), shape: [1, count, 2] },
  });

  it('has more tokens than a graph takes', async () => {
    await expect(encode(points(8))).rejects.toMatchObject({ code: 'WIRING' });
  });

  it('has a shape that was not declared', async () => {
    const flat = { points: { data: new Float32Array(4), shape: [2, 2] } };
    await expect(encode(flat)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    const labels = { ...points(2), pointLabels: { data: new Int32Array(3), shape: [1, 3] } };
    await expect(encode(labels)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('is of a kind that the bundle was exported without', async () => {
    const old = fakeGraphs(['sam-prompt-encoder.mask.b1']);
    await expect(encode(points(2), old)).rejects.toMatchObject({ code: 'WIRING' });
    await expect(encode({}, old)).resolves.toEqual([0.5, 0.5]);
  });
});
