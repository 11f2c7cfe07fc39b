import 'reflect-metadata';
import { container } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import type { ServiceReference } from '../contracts/plugin.js';

/**
 * The only module that touches tsyringe and reflect-metadata. Services are resolved by token alone, never by parameter
 * types: bundlers drop that metadata.
 */
export interface ServiceContainer {
  createChild(): ServiceContainer;
  /** Sets a service; setting one again adds a further instance, {@link getAll} returns them in order. */
  set<T>(reference: ServiceReference<T>, instance: T): void;
  has(reference: ServiceReference<unknown>): boolean;
  get<T>(reference: ServiceReference<T>): T;
  getAll<T>(reference: ServiceReference<T>): readonly T[];
  clear(): void;
}

/** A container of its own: nothing is shared with other containers of the process. */
export function createContainer(): ServiceContainer {
  return wrap(container.createChildContainer());
}

function wrap(inner: DependencyContainer): ServiceContainer {
  return {
    createChild: () => wrap(inner.createChildContainer()),
    set: (reference, instance) => void inner.register(tokenOf(reference), { useValue: { instance } }),
    has: (reference) => inner.isRegistered(tokenOf(reference), true),
    get: (reference) => unbox(inner.resolve(tokenOf(reference))),
    getAll: (reference) =>
      inner.isRegistered(tokenOf(reference), true) ? inner.resolveAll(tokenOf(reference)).map((box) => unbox(box)) : [],
    clear: () => inner.reset(),
  };
}

function tokenOf(reference: ServiceReference<unknown>): string {
  return `sim4seg:${reference.id}`;
}

/** Instances travel boxed: tsyringe would call a registered value that is a function's prototype or undefined. */
function unbox<T>(box: unknown): T {
  return (box as { instance: T }).instance;
}
