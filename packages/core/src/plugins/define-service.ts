import type { ServiceReference } from '../contracts/plugin.js';

/**
 * A typed token for a service. `fallback` builds it lazily when nobody provides it; `scope` says whether one instance
 * serves the host or each pipeline has its own.
 */
export function defineService<T>(reference: {
  readonly id: string;
  readonly scope: ServiceReference<T>['scope'];
  readonly fallback?: () => T;
}): ServiceReference<T> {
  return Object.freeze({ ...reference });
}
