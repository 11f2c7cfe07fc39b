import type { z } from 'zod';
import { Sim4SegError } from '../errors.js';
import { suggest } from '../text/suggest.js';
import { expectPlain } from './plain-value.js';
import { configTreeSchema } from './schema.js';
import type { ConfigTree } from './schema.js';

/**
 * Checks the form of a config tree. Options of parts and `training` are checked by their owners.
 * @throws CONFIG_INVALID with path, value and fix of everything that is wrong
 */
export function parseConfig(value: unknown): ConfigTree {
  expectPlain(value);
  const parsed = configTreeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => describeIssue(issue, value));
  throw new Sim4SegError('CONFIG_INVALID', {
    must: 'The config has the form of the config tree',
    got: problems.map(({ got }) => got).join('; '),
    fix: [...new Set(problems.map(({ fix }) => fix))].join('; '),
    cause: parsed.error,
  });
}

interface Problem {
  readonly got: string;
  readonly fix: string;
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): Problem {
  const path = issue.path.map(String);
  const node = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
  const place = path.join('.') || 'the top';
  if (issue.code !== 'unrecognized_keys') {
    return { got: `${place} is ${JSON.stringify(node) ?? 'missing'}: ${issue.message}`, fix: `correct ${place}` };
  }
  const known = knownKeys(path);
  const hints = issue.keys.map((key) => suggest(key, known));
  const names = issue.keys.map(
    (key) => `${[...path, key].join('.')} = ${JSON.stringify((node as Record<string, unknown>)[key])}`,
  );
  return { got: `unknown key ${names.join(', ')}`, fix: hints.find(Boolean) ?? `use one of: ${known.join(', ')}` };
}

/** Keys of the strict objects of the schema, for hints. */
function knownKeys(path: readonly string[]): string[] {
  const shape = configTreeSchema.shape;
  if (path[0] === 'tts') return Object.keys(shape.tts.unwrap().shape);
  if (path[0] === 'engine') return Object.keys(shape.engine.unwrap().shape);
  return Object.keys(shape);
}
