/** Folder of this package's own code, in which no program is written. */
const OWN = new URL('..', import.meta.url).href.replace(/^file:\/\//, '');

/** Frames that a stack is searched for; tfjs alone takes a dozen. */
const STACK_DEPTH = 60;

/** Installed, or as source maps name it. */
const TFJS = /\/(@tensorflow|tfjs-core|tfjs-backend-\w+|tslib)\//;

const FRAME = /\(?((?:file:\/\/)?[^\s()]+):(\d+):(\d+)\)?$/;

function isProgram(path: string): boolean {
  if (path.startsWith('node:') || TFJS.test(path) || path === 'native') return false;
  return !path.startsWith(OWN) || /\.test\.\w+$/.test(path);
}

/** `file:line` of the innermost call that is neither tfjs nor this package: the line of the program. */
export function sourceLine(stack: string | undefined): string | undefined {
  for (const line of (stack ?? '').split('\n').slice(1)) {
    const [, raw, row] = FRAME.exec(line.trim()) ?? [];
    const path = raw?.replace(/^file:\/\//, '').replace(/\?.*$/, '');
    if (path && isProgram(path)) return `${path}:${row}`;
  }
  return undefined;
}

/** Name of the function that the program called, such as `dataSync`. */
export function calledFunction(stack: string | undefined): string | undefined {
  const lines = (stack ?? '').split('\n').slice(1);
  const at = lines.findIndex((line) => sourceLine(`\n${line}`));
  return /at (?:async )?(?:\w+\.)*(\w+?)(?:__op|_)? /.exec(lines[at - 1] ?? '')?.[1];
}

/** ` at file:line`, or nothing where the stack does not tell. */
export function atSource(stack: string | undefined): string {
  const line = sourceLine(stack);
  return line ? ` at ${line}` : '';
}

/** Runs with stacks that reach from inside tfjs up to the program. */
export function withDeepStacks<T>(run: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = before;
  }
}
