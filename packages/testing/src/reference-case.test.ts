import { describe, expect, it } from 'vitest';
import { fixtureFolder, loadReferenceCase } from './reference-case.js';

describe('loadReferenceCase', () => {
  it('loads a case and remembers what nobody took', async () => {
    const { name, io, config, weights } = await loadReferenceCase(fixtureFolder('optimizer/base'));
    expect(name).toBe('optimizer/base');
    expect(config['case']).toBe('optimizer');
    expect(io.subCases).toEqual(expect.arrayContaining(['0', '4']));
    expect(io.floats('in.param0').shape).toEqual([7, 5]);
    expect(io.unread).not.toContain('in.param0');
    expect(io.unread).toContain('out.grad_norms');
    expect(weights).toEqual({});
  });

  it('reads weights, integers and scalars', async () => {
    const decoder = await loadReferenceCase(fixtureFolder('sam-mask-decoder/base'));
    expect(decoder.weights['iou_token.weight']?.shape).toEqual([1, 32]);
    const merge = await loadReferenceCase(fixtureFolder('llava-merge/base'));
    const ids = merge.io.names.find((entry) => entry.endsWith('in.input_ids')) as string;
    expect([...merge.io.ints(ids).data]).toContain(-200);
    const metrics = await loadReferenceCase(fixtureFolder('metrics/base'));
    expect(metrics.io.scalar('out.giou')).toBeGreaterThan(0);
  });

  it('refuses folders and names that are not there', async () => {
    await expect(loadReferenceCase(fixtureFolder('none'))).rejects.toMatchObject({ code: 'CASES_INVALID' });
    await expect(loadReferenceCase(fixtureFolder('losses'))).rejects.toThrow('config.json');
    const { io } = await loadReferenceCase(fixtureFolder('optimizer/base'));
    expect(() => io.take('__proto__')).toThrow('must hold a tensor');
  });
});
