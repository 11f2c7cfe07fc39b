import { Sim4SegError } from '../errors.js';

/** Remembers what was made, and disposes it in reverse order. */
export interface DisposalStack {
  /** Remembers a value when it can be disposed; returns it. */
  add<T>(value: T): T;
  /** Disposes everything once, the latest first; one that fails does not keep the others. @throws PLUGIN_INVALID */
  dispose(): Promise<void>;
}

export function createDisposalStack(): DisposalStack {
  let made: (() => unknown)[] = [];
  return {
    add: (value) => {
      const dispose = disposerOf(value);
      if (dispose) made.push(dispose);
      return value;
    },
    dispose: async () => {
      const pending = made.reverse();
      made = [];
      const failures: unknown[] = [];
      for (const dispose of pending) {
        try {
          await dispose();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw disposalFailed(failures);
    },
  };
}

function disposerOf(value: unknown): (() => unknown) | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { dispose } = value as { dispose?: unknown };
  return typeof dispose === 'function' ? () => (dispose as () => unknown).call(value) : undefined;
}

function disposalFailed(failures: readonly unknown[]): Sim4SegError {
  const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  return new Sim4SegError('PLUGIN_INVALID', {
    must: 'A part that is disposed frees what it holds',
    got: messages.join('; '),
    fix: 'report this to the author of the plugin',
    cause: new AggregateError(failures),
  });
}
