import type { ServiceReference } from '../contracts/plugin.js';
import { Sim4SegError, isSim4SegError } from '../errors.js';
import type { ServiceContainer } from './di.js';
import { expectNoProblems } from './join-problems.js';
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
  const { parts, problems } = resolveParts(choices, registry, (need) => outer.has(need));
  expectNoProblems(problems);
  return inOrder(parts);
}

type IsProvided = (need: ServiceReference<unknown>) => boolean;

/** The parts of all choices that hold, and what is wrong with the others. */
export function resolveParts(
  choices: readonly PartChoice[],
  registry: PluginRegistry,
  isProvided: IsProvided,
): { parts: ResolvedPart[]; problems: Sim4SegError[] } {
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
  for (const part of parts) problems.push(...missingNeeds(part, { asked, isProvided }));
  return { parts, problems };
}

function missingNeeds(part: ResolvedPart, there: { asked: Set<string>; isProvided: IsProvided }): Sim4SegError[] {
  const { asked, isProvided } = there;
  const isMissing = (need: ServiceReference<unknown>): boolean =>
    !asked.has(need.id) && !isProvided(need) && need.fallback === undefined;
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
