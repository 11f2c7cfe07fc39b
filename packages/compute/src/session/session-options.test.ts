import { describe, expect, it } from 'vitest';
import { nativeOptions } from './session-options.js';

const entries = (options: Parameters<typeof nativeOptions>[0]) =>
  (nativeOptions(options, 'cpu')['extra'] as { session: Record<string, unknown> }).session;

describe('options of a session', () => {
  it('are those of a library in a server unless said otherwise: no spinning, arena, packed weights', () => {
    expect(nativeOptions({}, 'webgpu')).toMatchObject({
      executionProviders: ['webgpu'],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: true,
      enableMemPattern: true,
    });
    expect(nativeOptions({}, 'cpu')).not.toHaveProperty('intraOpNumThreads');
    expect(entries({})).toEqual({
      intra_op: { allow_spinning: '0' },
      inter_op: { allow_spinning: '0' },
      disable_prepacking: '0',
    });
  });

  it('reach the runtime as it wants them: strings under nested names', () => {
    const asked = { spinning: true, prepacking: false, externalFolder: '/weights', config: { 'session.a.b': 'c' } };
    expect(entries(asked)).toEqual({
      intra_op: { allow_spinning: '1' },
      inter_op: { allow_spinning: '1' },
      disable_prepacking: '1',
      model_external_initializers_file_folder_path: '/weights',
      a: { b: 'c' },
    });
    const settings = { intraOpNumThreads: 2, enableCpuMemArena: false, enableMemPattern: false };
    expect(nativeOptions(settings, 'cpu')).toMatchObject(settings);
  });
});
