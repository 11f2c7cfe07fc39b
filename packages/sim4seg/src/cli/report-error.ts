/** What the command needs of an error; read by its form, so that reporting loads no other package. */
interface CodedError extends Error {
  readonly code: string;
  readonly exitCode: number;
}

const MARK = Symbol.for('sim4seg.error');

const isCoded = (error: unknown): error is CodedError =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[MARK] === true;

/** Exit code of INTERNAL in the error table. */
const INTERNAL_EXIT_CODE = 99;

/** The exit code for any thrown value. */
export function exitCodeFor(error: unknown): number {
  return isCoded(error) ? error.exitCode : INTERNAL_EXIT_CODE;
}

/** One readable paragraph about any thrown value; the stack only where it was asked for. */
export function errorParagraph(error: unknown, { debug = false }: { debug?: boolean } = {}): string {
  const message = error instanceof Error ? error.message : String(error);
  const oneLine = message.replaceAll(/\s+/g, ' ').slice(0, 2000);
  const text = isCoded(error)
    ? `sim4seg: ${error.code}: ${oneLine}`
    : `sim4seg: INTERNAL: ${oneLine} This is a defect of sim4seg; please report it with the output of the same command and --debug.`;
  return debug && error instanceof Error ? `${text}\n${stackOf(error)}` : text;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
