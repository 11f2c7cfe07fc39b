import type { ImageEncoder, PluginHost, PluginKind, PromptEncoder, ServiceReference } from '@sim4seg/core';

/** What an input of a suite is like. `notANumber` holds a NaN where the contract has floats. */
export type Variety = 'ordinary' | 'constant' | 'empty' | 'notANumber';

/** A service that a plugin needs and that the tester gives. */
export interface ProvidedService {
  readonly service: ServiceReference<unknown>;
  readonly instance: unknown;
}

/** What a plugin is checked with. */
export interface ConformSettings {
  /** Options of the plugin; its defaults where left out. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Services that the plugin needs, such as a bundle. */
  readonly services?: readonly ProvidedService[] | undefined;
  /** A host that holds the plugin and what it needs; the tester disposes it. One is made where left out. */
  readonly host?: PluginHost | undefined;
  /** Parts whose outputs the plugin takes; stand-ins of the declared sizes are used where left out. */
  readonly neighbours?:
    | { readonly imageEncoder?: ImageEncoder | undefined; readonly promptEncoder?: PromptEncoder | undefined }
    | undefined;
  /** What an importer opens; its checks are skipped where left out. */
  readonly source?: string | undefined;
}

/** A part on trial, and what it is tried with. */
export interface Trial<T> {
  readonly part: T;
  readonly settings: ConformSettings;
}

/** Why a check could not be made. */
export interface Skip {
  readonly skipped: string;
}

/** A check of one kind alone. `run` throws where the part breaks its contract. */
export interface SuiteCheck<T> {
  readonly name: string;
  readonly must: string;
  readonly fix: string;
  /** About an input at the edge: says nothing new where ordinary inputs fail already. */
  readonly edge?: true;
  run(trial: Trial<T>): Promise<Skip | void> | Skip | void;
}

/**
 * How parts of a kind are called, and what their answers look like. Checks that hold for every kind (shapes, finite
 * numbers, ranges, determinism, purity, constant and empty input, NaN, leaks, abort) are made of this.
 */
export interface Suite<T = unknown, I = unknown, O = unknown> {
  readonly kind: PluginKind;
  readonly service: ServiceReference<T>;
  /** Whether calls take an abort signal. */
  readonly abortable: boolean;
  /** How far the same call may differ from itself; 0 for plain code, more where an engine computes. */
  readonly tolerance: number;
  /** Why no call can be made with these settings, or null. */
  lacks?(settings: ConformSettings, part: T): string | null;
  /** Checks what the part says of itself: sizes and capabilities. */
  inspect?(part: T): void;
  /** An input; another seed gives another one. Null where the kind has none of this variety. */
  input(variety: Variety, seed: number, trial: Trial<T>): Promise<I | null> | I | null;
  /** @returns plain data only */
  call(part: T, input: I, signal: AbortSignal): Promise<O> | O;
  expectShapes(output: O, input: I, part: T): void;
  expectRanges(output: O, input: I, part: T): void;
  readonly checks: readonly SuiteCheck<T>[];
}
