import type { ServiceReference } from '../contracts/plugin.js';
import type { ErrorCode } from '../errors.js';
import { Sim4SegError, isSim4SegError } from '../errors.js';
import type { ServiceContainer } from './di.js';
import type { PartChoice, ResolvedPart } from './part-choice.js';
import { resolvePart } from './part-choice.js';
import type { PluginRegistry } from './registry.js';

/**
 * Resolves all choices and orders them so that each part comes after what it needs.
 * @throws one error that lists every problem: plugins that are missing, options that do not hold, needs that nobody
 * provides (who asked, what is missing, what is there), parts that need each other in a circle
 */
export function planWiring(
  choices: readonly PartChoice[],
  registry: PluginRegistry,
  outer: ServiceContainer,
): ResolvedPart[] {
  const problems: Sim4SegError[] = [];
  const parts = choices.flatMap((choice) => {
    try {
      return [resolvePart(choice, registry)];
    } catch (error) {
      if (!isSim4SegError(error)) throw error;
      problems.push(error);
      return [];
    }
  });
  const asked = new Set(choices.map((choice) => choice.service.id));
  for (const part of parts) problems.push(...missingNeeds(part, { asked, outer }));
  if (problems.length > 0) throw joinProblems(problems);
  return inOrder(parts);
}

function missingNeeds(part: ResolvedPart, there: { asked: Set<string>; outer: ServiceContainer }): Sim4SegError[] {
  const { asked, outer } = there;
  const isMissing = (need: ServiceReference<unknown>): boolean =>
    !asked.has(need.id) && !outer.has(need) && need.fallback === undefined;
  return Object.entries(part.plugin.needs)
    .filter(([, need]) => isMissing(need))
    .map(
      ([name, need]) =>
        new Sim4SegError('WIRING', {
          must: `Plugin '${part.plugin.id}' (${part.path}) gets its need '${name}', the service '${need.id}'`,
          got: `nobody provides it; there is: ${[...asked].join(', ')}`,
          fix: `choose a plugin that provides '${need.id}', or another plugin for ${part.path}`,
        }),
    );
}

/** Depth first over the needs; the order of the config decides where needs do not. */
function inOrder(parts: readonly ResolvedPart[]): ResolvedPart[] {
  const ordered: ResolvedPart[] = [];
  const open: ResolvedPart[] = [];
  const visit = (part: ResolvedPart): void => {
    if (ordered.includes(part)) return;
    if (open.includes(part)) throw circle([...open.slice(open.indexOf(part)), part]);
    open.push(part);
    const needs = Object.values(part.plugin.needs).map((need) => need.id);
    parts.filter((other) => needs.includes(other.plugin.provides.id)).forEach(visit);
    open.pop();
    ordered.push(part);
  };
  parts.forEach(visit);
  return ordered;
}

function circle(parts: readonly ResolvedPart[]): Sim4SegError {
  return new Sim4SegError('WIRING', {
    must: 'Parts do not need each other in a circle',
    got: parts.map((part) => part.plugin.id).join(' needs '),
    fix: 'choose another plugin for one of them',
  });
}

function joinProblems(problems: readonly Sim4SegError[]): Sim4SegError {
  const [first] = problems;
  if (problems.length === 1 && first) return first;
  const codes = new Set<ErrorCode>(problems.map((problem) => problem.code));
  return new Sim4SegError(codes.size === 1 && first ? first.code : 'WIRING', {
    must: 'All parts that the config chooses are there, have valid options and get what they need',
    got: `${problems.length} problems: ${problems.map((p, i) => `(${i + 1}) ${p.must}, got ${p.got}, ${p.fix}`).join('; ')}`,
    fix: 'correct each of them',
    cause: new AggregateError(problems),
  });
}
