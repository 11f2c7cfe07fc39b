import { hostFailure } from '../runtime/host-failure.js';
import type { OrtModule, OrtSession } from '../runtime/ort-module.js';
import type { Announce } from './announcement.js';
import type { ModelCache } from './model-cache.js';
import { allFailed, providerFix, toProviders, type Provider, type ProviderFailure } from './providers.js';
import { nativeOptions, SESSION_DEFAULTS, type OrtSessionOptions } from './session-options.js';

/** A native session and the provider that opened it. */
export interface OpenedNative {
  readonly native: OrtSession;
  readonly provider: Provider;
}

export interface OpenNativeContext {
  readonly ort: OrtModule;
  readonly announce: Announce;
  /** Null where nothing is kept. */
  readonly cache: ModelCache | null;
}

/**
 * Opens a graph on the first of the asked providers that takes it; each one that does not is announced. Throws a
 * failure: ENGINE_MISSING where none is there, ENGINE_FAILED for a graph that does not load.
 */
export async function openNative(
  { ort, announce, cache }: OpenNativeContext,
  model: string | Uint8Array,
  options: OrtSessionOptions,
): Promise<OpenedNative> {
  const providers = expectProviders(options.providers ?? SESSION_DEFAULTS.providers);
  const failures: ProviderFailure[] = [];
  for (const [i, provider] of providers.entries()) {
    const native = nativeOptions(options, provider);
    try {
      const open: OpenModel = (given, changed = {}) => ort.InferenceSession.create(given, { ...native, ...changed });
      // Optimised graphs of other providers name kernels of a device that may be gone at the next start.
      const cached = cache !== null && provider === 'cpu';
      return { native: cached ? await cache.open(model, native, open) : await open(model), provider };
    } catch (cause) {
      const got = (cause instanceof Error ? cause.message : String(cause)).trim();
      failures.push({ provider, got });
      const next = providers[i + 1];
      if (next === undefined) throw hostFailure(allFailed(nameOf(model), failures), cause);
      announceSkipped(announce, { provider, next, got });
    }
  }
  throw hostFailure(allFailed(nameOf(model), failures));
}

/** Creates a session from a path or bytes, with some options changed. */
export type OpenModel = (model: string | Uint8Array, changed?: Record<string, unknown>) => Promise<OrtSession>;

function expectProviders(asked: string | readonly string[]): readonly Provider[] {
  const providers = toProviders(asked);
  if ('code' in providers) throw hostFailure(providers);
  return providers;
}

const nameOf = (model: string | Uint8Array): string => (typeof model === 'string' ? model : 'in memory');

function announceSkipped(
  announce: Announce,
  { provider, next, got }: { provider: Provider; next: Provider; got: string },
): void {
  const instead = `The provider ${provider} does not open this graph, ${next} is tried`;
  announce({ type: 'provider-skipped', instead, got, fix: providerFix(provider) });
}
