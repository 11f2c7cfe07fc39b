import type { PluginKind } from '@sim4seg/core';

/** One check of a conformance suite. */
export interface ConformCheck {
  /** Short and stable, such as `shapes` or `abort`. */
  readonly name: string;
  readonly ok: boolean;
  /** Why the check could not be made, or null where it was made; a skipped check is no failure. */
  readonly skipped: string | null;
  readonly must: string;
  readonly got: string;
  readonly fix: string;
}

/** What a conformance suite says of one plugin. */
export interface ConformReport {
  readonly kind: PluginKind;
  readonly plugin: string;
  /** Whether no check failed. */
  readonly ok: boolean;
  readonly checks: readonly ConformCheck[];
}

/** The failed checks as one paragraph a check: what must hold, what came, what to do. */
export function conformText({ kind, plugin, checks }: ConformReport): string {
  const failed = checks.filter(({ ok }) => !ok);
  const head = `${kind} '${plugin}': ${checks.length - failed.length} of ${checks.length} checks hold`;
  return [head, ...failed.map(({ name, must, got, fix }) => `${name}: ${must}. Got: ${got}. Fix: ${fix}.`)].join('\n');
}
