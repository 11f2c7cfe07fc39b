import { describe, expect, it } from 'vitest';
import { linearModel, modelBytes } from '../../test-support/tiny-model.js';
import type { OrtModule, OrtSession } from '../runtime/ort-module.js';
import type { EngineAnnouncement } from './announcement.js';
import { createOrtSession } from './ort-session.js';
import type { Provider } from './providers.js';

const model = modelBytes(linearModel(2, 2));

/** A runtime on which only some providers open a graph. */
function runtimeWith(there: readonly Provider[]): () => Promise<OrtModule> {
  const create = async (_: unknown, options: Record<string, unknown>): Promise<OrtSession> => {
    const [provider] = options['executionProviders'] as [Provider];
    if (!there.includes(provider)) throw new Error(`no ${provider} here`);
    return { inputMetadata: [], outputMetadata: [], run: async () => ({}), release: async () => undefined };
  };
  return async () => ({ Tensor: class {} as never, InferenceSession: { create } });
}

describe('providers', () => {
  it('are tried in order; each that is skipped is announced with its reason and fix', async () => {
    const heard: EngineAnnouncement[] = [];
    const onAnnounce = (announcement: EngineAnnouncement) => void heard.push(announcement);
    const session = await createOrtSession(
      model,
      { providers: ['cuda', 'webgpu', 'cpu'], onAnnounce },
      runtimeWith(['webgpu', 'cpu']),
    );
    expect(session.provider).toBe('webgpu');
    expect(heard).toMatchObject([{ type: 'provider-skipped', got: 'no cuda here', fix: /CUDA 12/ }]);
    expect(heard[0]?.instead).toContain('webgpu is tried');
  });

  it('announce nothing where the first one is there', async () => {
    const onAnnounce = () => expect.unreachable();
    const session = await createOrtSession(model, { providers: ['cpu', 'webgpu'], onAnnounce });
    expect(session.provider).toBe('cpu');
    await session.release();
    await session.release();
  });

  it('warn through the process where nobody listens, once', async () => {
    const warned: Error[] = [];
    const listen = (warning: Error) => void warned.push(warning);
    process.on('warning', listen);
    for (const _ of [1, 2]) await createOrtSession(model, { providers: ['dml', 'cpu'] }, runtimeWith(['cpu']));
    await new Promise((done) => setImmediate(done));
    process.off('warning', listen);
    expect(warned.filter(({ name }) => name === 'Sim4SegEngine')).toMatchObject([{ message: /dml.*Windows/ }]);
  });

  it('that all fail give one error with the reason and fix of each', async () => {
    const opening = createOrtSession(model, { providers: ['cuda', 'coreml'], onAnnounce: () => {} }, runtimeWith([]));
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      got: 'cuda: no cuda here; coreml: no coreml here',
      fix: /CUDA 12.*macOS.*'cpu'/,
    });
  });

  it('of a graph that does not load give the error of the graph', async () => {
    const opening = createOrtSession(new Uint8Array([1, 2, 3]));
    await expect(opening).rejects.toMatchObject({ code: 'ENGINE_FAILED', must: /must load/ });
  });

  it.each([['nonsense'], [['cpu', 'gpu']], [[]]])('refuse %j', async (providers) => {
    const opening = createOrtSession(model, { providers: providers as never });
    await expect(opening).rejects.toMatchObject({ code: 'ENGINE_MISSING', must: /cpu, webgpu, cuda, coreml, dml/ });
  });

  it('say that the runtime is absent, and what to do', async () => {
    const absent = () => import('../runtime/ort.js').then(({ loadOrt }) => loadOrt('onnxruntime-absent'));
    const opening = createOrtSession(model, {}, absent);
    await expect(opening).rejects.toMatchObject({ code: 'ENGINE_MISSING', fix: /npm install onnxruntime-node/ });
  });
});
