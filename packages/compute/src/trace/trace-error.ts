import { Sim4SegError, isSim4SegError } from '@sim4seg/core';
import { atSource } from './source-line.js';
import { insteadOf, ownName, readsValues } from './instead-of.js';

const KERNEL = /[Kk]ernel '(\w+)'/;
const GRADIENT = /gradient function not found for (\w+)/;

function unsupported(program: string, kernel: string, error: Error): Sim4SegError {
  if (readsValues(kernel)) {
    return new Sim4SegError('TRACE_READS_DATA', {
      must: `program ${program} has results whose shapes follow from shapes`,
      got: `the tfjs operation ${kernel}${atSource(error.stack)}, whose result depends on the numbers`,
      fix: insteadOf(kernel),
      cause: error,
    });
  }
  return new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `program ${program} uses operations that have a compiled form`,
    got: `the tfjs operation ${kernel}${atSource(error.stack)}, which has none`,
    fix: insteadOf(kernel),
    cause: error,
  });
}

/** tfjs's core comes without gradients of its operations. Which line called it, the backward pass does not know. */
function withoutGradient(program: string, kernel: string, cause: Error): Sim4SegError {
  return new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `program ${program} is differentiated through operations that have a gradient`,
    got: `the tfjs operation ${kernel}, which has none`,
    fix: `use ${ownName(kernel)}, or wrap it in ops.stopGradient`,
    cause,
  });
}

/** Shapes that do not fit are the commonest mistake: the line of the program is part of the message. */
function withLine(error: Sim4SegError): Sim4SegError {
  const place = atSource(error.stack);
  const { code, must, got, fix } = error;
  return place ? new Sim4SegError(code, { must, got: got + place, fix, cause: error }) : error;
}

/** Gives an error of tfjs or of the program's own code the form of ours, with the program's name and line. */
export function asTraceError(program: string, error: unknown): unknown {
  if (isSim4SegError(error)) return error.code === 'SHAPE_MISMATCH' ? withLine(error) : error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const backward = GRADIENT.exec(cause.message)?.[1];
  if (backward) return withoutGradient(program, backward, cause);
  const kernel = KERNEL.exec(cause.message)?.[1];
  if (kernel) return unsupported(program, kernel, cause);
  return new Sim4SegError('PROGRAM_INVALID', {
    must: `${program} runs`,
    got: `${cause.message}${atSource(cause.stack)}`,
    fix: 'run it with runEager first: the same error shows there with the line that throws',
    cause: error,
  });
}
