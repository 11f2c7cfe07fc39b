import type { HostFailure } from '../runtime/protocol.js';

/** Where ONNX Runtime computes. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

/** What each provider needs, in words that tell what to do. */
const PROVIDER_FIX: Readonly<Record<Provider, string>> = {
  cpu: 'check that the graph and its weights are complete and belong together',
  webgpu: 'webgpu needs a graphics card with a driver for Vulkan, Metal or Direct3D 12',
  cuda: 'cuda needs linux/x64, CUDA 12 and cuDNN 9; then run the install script of onnxruntime-node with --onnxruntime-node-install=cuda12',
  coreml: 'coreml needs macOS',
  dml: 'dml needs Windows with Direct3D 12',
};

export const PROVIDERS = Object.keys(PROVIDER_FIX) as readonly Provider[];

/** One provider that did not open a graph, and why. */
export interface ProviderFailure {
  readonly provider: Provider;
  readonly got: string;
}

/** What to do so that a provider is there. */
export const providerFix = (provider: Provider): string => PROVIDER_FIX[provider];

/** A list without repetition. Returns the failure where a name is no provider. */
export function toProviders(asked: string | readonly string[]): readonly Provider[] | HostFailure {
  const list = [...new Set(typeof asked === 'string' ? [asked] : asked)];
  const unknown = list.filter((name) => !Object.hasOwn(PROVIDER_FIX, name));
  if (list.length > 0 && unknown.length === 0) return list as Provider[];
  return {
    code: 'ENGINE_MISSING',
    must: `Graphs run on the providers ${PROVIDERS.join(', ')}`,
    got: list.length === 0 ? 'an empty list' : unknown.map((name) => `"${name}"`).join(', '),
    fix: "name one of them, or several in order: ['webgpu', 'cpu']",
  };
}

/** The failure of a graph that no provider opened: the graph's own where the cpu was among them. */
export function allFailed(graph: string, failures: readonly ProviderFailure[]): HostFailure {
  const reasons = failures.map(({ provider, got }) => `${provider}: ${got}`);
  const got = failures.length === 1 ? (failures[0] as ProviderFailure).got : reasons.join('; ');
  const fix = failures.map(({ provider }) => providerFix(provider)).join('; ');
  if (failures.some(({ provider }) => provider === 'cpu'))
    return { code: 'ENGINE_FAILED', must: `The graph ${graph} must load`, got, fix };
  const names = failures.map(({ provider }) => provider).join(', ');
  return {
    code: 'ENGINE_MISSING',
    must: `One of the providers ${names} must open ${graph}`,
    got: reasons.join('; '),
    fix: `${fix}; or add 'cpu' at the end of the list`,
  };
}
