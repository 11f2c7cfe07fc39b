import type { z } from 'zod';

export type PluginKind =
  | 'lvlm'
  | 'region-prior'
  | 'image-encoder'
  | 'prompt-encoder'
  | 'mask-decoder'
  | 'presence-judge'
  | 'scorer'
  | 'selector'
  | 'dataset'
  | 'importer'
  | 'observer';

/** A typed token: what a plugin needs or provides. `scope` says who owns the instance. */
export interface ServiceReference<T> {
  readonly id: string;
  readonly scope: 'host' | 'pipeline';
  /** Built when nobody provides it. */
  readonly fallback?: () => T;
  /** Carries the type only; never set. */
  readonly service?: T;
}

export type ServicesOf<N extends Readonly<Record<string, ServiceReference<unknown>>>> = {
  readonly [K in keyof N]: N[K] extends ServiceReference<infer T> ? T : never;
};

/** A plugin is a value: it declares what it needs and provides and how it is made. */
export interface PluginDefinition<
  T = unknown,
  N extends Readonly<Record<string, ServiceReference<unknown>>> = Readonly<Record<string, ServiceReference<unknown>>>,
  O = unknown,
> {
  readonly id: string;
  /** Semver range of the contract: '1' or '1 - 2'. */
  readonly contractVersion: string;
  readonly needs: N;
  readonly provides: ServiceReference<T>;
  readonly optionsSchema: z.ZodType<O>;
  create(context: { readonly needs: ServicesOf<N>; readonly options: O }): T | Promise<T>;
  /**
   * The part as something that can be trained: returns compute's `Trainable` (compute's `trainableOf` reads it with its
   * type; core knows no engine). Absent where there is nothing to train or trace.
   */
  trainable?(options: O): unknown;
}

/** Implemented by what holds tensors, sessions or files. */
export interface Disposable {
  dispose(): void | Promise<void>;
}
