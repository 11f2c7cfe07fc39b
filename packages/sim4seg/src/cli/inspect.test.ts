import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineProgram, initParams, ops, trace, writeSafetensors } from '@sim4seg/compute';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { bytesText, textTable, threeDigits } from './text-table.js';

const STACK = /^\s+at .*[(:]\d+|node:internal/m;

const program = defineProgram({
  name: 'head',
  params: { weight: [4, 3], bias: [4] },
  inputs: { x: ['batch', 3] },
  outputs: { y: ['batch', 4] },
  run: (p, { x }) => ({ y: ops.gelu(ops.linear(x, p.weight, p.bias)) }),
});

const source = `
import { defineProgram, ops } from '@sim4seg/compute';
export const head = defineProgram({
  name: 'head',
  params: { weight: [4, 3] },
  inputs: { x: ['batch', 3] },
  outputs: { y: ['batch', 4] },
  run: (p, { x }) => ({ y: ops.linear(x, p.weight) }),
});
export const version = 1;
`;

let home = '';
const at = (...path: string[]): string => join(home, ...path);

beforeAll(async () => {
  // Inside the package, so that the module finds @sim4seg/compute as a user's module does.
  home = await mkdtemp(join(import.meta.dirname, '../../test/inspect-'));
  const params = initParams(program.params, 1);
  await writeFile(at('weights.safetensors'), writeSafetensors(params, { made: 'by \u001b[31m a test' }));
  const { model } = trace(program, { dims: {}, params: { kind: 'values', values: params } });
  await writeFile(at('model.onnx'), model);
  await writeFile(at('nameless'), model);
  await writeFile(at('cut.onnx'), model.subarray(0, model.length >> 1));
  await writeFile(at('cut.safetensors'), writeSafetensors(params).subarray(0, 40));
  await writeFile(at('text.onnx'), '# no model\n');
  await writeFile(at('module.mjs'), source);
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('sim4seg inspect', () => {
  it('lists tensors with their sizes, and nothing that a terminal would obey', async () => {
    const { code, out, err } = await runCommand('inspect', at('weights.safetensors'), '--json', at('out/weights.json'));
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('weights.safetensors: safetensors, 2 tensors, 16 elements, 64 B');
    expect(out).toMatch(/weight +float32 +\[4, 3\] +12 +48 B/);
    expect(out).toContain('by');
    expect(out).not.toContain('\u001b');
    const report = JSON.parse(await readFile(at('out/weights.json'), 'utf8')) as { totalBytes: number };
    expect(report).toMatchObject({ file: 'weights.safetensors', format: 'safetensors', totalBytes: 64 });
  });

  it.each(['model.onnx', 'nameless'])('lists inputs, outputs, nodes and weights of %s', async (name) => {
    const { code, out } = await runCommand('inspect', at(name));
    expect(code).toBe(0);
    expect(out).toMatch(/x +float32 +\[batch, 3\]/);
    expect(out).toMatch(/y +float32 +\[batch, 4\]/);
    expect(out).toMatch(/param\/weight +float32 +\[4, 3\] +48 B +in the model/);
    expect(out).toMatch(/total +\d+/);
    const { nodes } = JSON.parse((await runCommand('inspect', at(name), '--json', '-')).out) as {
      nodes: { total: number; byOp: Record<string, number> };
    };
    expect(Object.values(nodes.byOp).reduce((a, b) => a + b, 0)).toBe(nodes.total);
  });

  it('lists the tensors of both kinds of torch files, and refuses one that would run code', async () => {
    const torch = join(import.meta.dirname, '../../../testing/fixtures/torch-pickle/tiny');
    for (const [file, format] of [
      ['rich.zip.pth', 'torch-zip'],
      ['rich.legacy.pth', 'torch-legacy'],
    ] as const) {
      const { code, out } = await runCommand('inspect', join(torch, file));
      expect(code).toBe(0);
      expect(out).toContain(`${file}: ${format}, 27 tensors`);
      expect(out).toMatch(/dtypes\/bfloat16 +bfloat16 +\[3\] +3 +6 B/);
    }
    const hostile = await runCommand('inspect', join(torch, 'refuse/build-setstate.raw.pkl'));
    expect([hostile.code, hostile.err.includes('os.system')]).toEqual([40, true]);
  });

  it.each([
    ['absent.onnx', 'WEIGHTS_INVALID'],
    ['text.onnx', 'GRAPH_INVALID'],
    ['cut.onnx', 'GRAPH_INVALID'],
    ['cut.safetensors', 'WEIGHTS_INVALID'],
    ['module.mjs', 'WEIGHTS_INVALID'],
    ['.', 'WEIGHTS_INVALID'],
  ])('refuses %s in one paragraph with a code', async (name, code) => {
    const { code: exit, err } = await runCommand('inspect', name === '.' ? tmpdir() : at(name));
    expect([exit > 0 && exit < 99, err.includes(code), STACK.test(err)]).toEqual([true, true, false]);
  });
});

describe('sim4seg profile', () => {
  it('tells where the time of a program and of a graph goes', async () => {
    const entry = `${at('module.mjs')}#head`;
    const { code, out } = await runCommand('profile', '--program', entry, '--dims', 'batch=2', '--rounds', '3');
    expect(code).toBe(0);
    expect(out).toMatch(/^head: [\d.]+ ms a run \(median of 3\)/);
    expect(out).toMatch(/all nodes +\d+ +[\d.]+ +100\.0 %/);
    const args = ['--graph', at('model.onnx'), '--dims', 'batch=4', '--rounds', '2', '--json', '-'];
    const { rounds, ops: rows } = JSON.parse((await runCommand('profile', ...args)).out) as {
      rounds: number;
      ops: { share: number }[];
    };
    expect(rounds).toBe(2);
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it.each([
    ['nothing to profile', [], 'USAGE'],
    ['a size that is none', ['--graph', 'model.onnx', '--dims', 'batch'], 'USAGE'],
    ['no rounds', ['--graph', 'model.onnx', '--rounds', '0'], 'USAGE'],
    ['an absent module', ['--program', 'absent.mjs#head'], 'PROGRAM_INVALID'],
    ['an export that is no program', ['--program', 'module.mjs#version'], 'PROGRAM_INVALID'],
    ['a free dim', ['--program', 'module.mjs#head'], 'PROGRAM_INVALID'],
    ['no model', ['--graph', 'text.onnx'], 'GRAPH_INVALID'],
  ])('refuses %s', async (_, args, code) => {
    const placed = args.map((arg) => (/\.(mjs|onnx)/.test(arg) ? at(arg) : arg));
    const { code: exit, err } = await runCommand('profile', ...placed);
    expect([exit > 0 && exit < 99, err.includes(code), STACK.test(err)]).toEqual([true, true, false]);
  });
});

describe('the table', () => {
  it('aligns numbers at the right and counts digits', () => {
    const lines = textTable(
      [{ head: 'name' }, { head: 'n', align: 'right' }],
      [
        ['a', '1'],
        ['long\u0007', '100'],
      ],
    );
    expect(lines).toEqual(['name     n', 'a        1', 'long   100']);
    expect([0, 64, 1536, 12_300_000, 4e9].map(bytesText)).toEqual(['0 B', '64 B', '1.54 kB', '12.3 MB', '4.00 GB']);
    expect([0.0123, 1.234, 12.34, 123.4, 1234].map(threeDigits)).toEqual(['0.012', '1.23', '12.3', '123', '1234']);
  });
});
