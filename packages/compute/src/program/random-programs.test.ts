import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { boundSteps, freeSteps, programOfSteps } from '../../test-support/random-program.js';
import { compile } from './compile.js';
import type { Session } from './compile.js';
import { runEager } from './run-eager.js';
import type { Program } from '../program.js';

/** A longer search: `RANDOM_PROGRAMS=2000 npx vitest run --project compute random-programs`, with seeds of its own. */
const longer = Number(process.env['RANDOM_PROGRAMS'] ?? 0);
const settings = (runs: number) => (longer > 0 ? { numRuns: longer } : { seed: 20261125, numRuns: runs });
const timeout = longer > 0 ? 3_600_000 : 300_000;

const TOLERANCE = 2e-4;
const side = fc.integer({ min: 1, max: 5 });
const shape = fc.tuple(side, side);
type Shape = readonly [number, number];

async function expectAgreement(program: Program, session: Session, a: Shape, b: Shape): Promise<void> {
  const inputs = { a: someValue(a, 1), b: someValue(b, 2) };
  const eager = await runEager(program, {}, inputs);
  const compiled = await session.run(inputs);
  for (const name of Object.keys(eager)) {
    expect(worstError(compiled[name]!, eager[name]!), `${name} at [${a}], [${b}]`).toBeLessThan(TOLERANCE);
  }
}

/** Products of products of sizes grow beyond what is looked for: such programs are refused by name, never miscompiled. */
function expectTooLarge(error: { code: string }): null {
  expect(error.code).toBe('TRACE_UNSUPPORTED');
  return null;
}

describe('random programs agree between engines in values and gradients', () => {
  it(
    'with sizes that are numbers',
    async () => {
      const property = fc.asyncProperty(boundSteps, shape, shape, async (list, a, b) => {
        const program = programOfSteps(list, { a, b });
        await using session = await compile(program, { threads: 1 });
        await expectAgreement(program, session, a, b);
      });
      await fc.assert(property, settings(30));
    },
    timeout,
  );

  it(
    'with sizes that stay free, compiled once and run at several',
    async () => {
      const property = fc.asyncProperty(freeSteps, shape, shape, async (list, a, b) => {
        const program = programOfSteps(list, { a: ['n', 'm'], b: ['m', 2] });
        const session = await compile(program, { threads: 1 }).catch(expectTooLarge);
        fc.pre(session !== null);
        await expectAgreement(program, session, a, [a[1], 2]);
        await expectAgreement(program, session, b, [b[1], 2]);
        await session.release();
      });
      await fc.assert(property, settings(8));
    },
    timeout,
  );
});
