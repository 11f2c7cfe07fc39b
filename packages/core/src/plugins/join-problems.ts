import type { ErrorCode } from '../errors.js';
import { Sim4SegError } from '../errors.js';

/** One error that says everything that is wrong, so that a config is corrected in one go; a single problem stays itself. */
export function joinProblems(problems: readonly [Sim4SegError, ...Sim4SegError[]]): Sim4SegError {
  const [first, ...more] = problems;
  if (more.length === 0) return first;
  const codes = new Set<ErrorCode>(problems.map(({ code }) => code));
  const list = problems.map((p, i) => `(${i + 1}) ${p.must}, got ${p.got}, ${p.fix}`);
  return new Sim4SegError(codes.size === 1 ? first.code : 'WIRING', {
    must: 'All plugins and parts that the config chooses are there, have valid options and get what they need',
    got: `${problems.length} problems: ${list.join('; ')}`,
    fix: 'correct each of them',
    cause: new AggregateError(problems),
  });
}

/** @throws one error with all problems, if there are any */
export function expectNoProblems(problems: readonly Sim4SegError[]): void {
  const [first, ...more] = problems;
  if (first) throw joinProblems([first, ...more]);
}
