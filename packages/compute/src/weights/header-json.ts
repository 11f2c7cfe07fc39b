import { invalidWeights } from './invalid.js';

interface Scan {
  readonly text: string;
  at: number;
}

/**
 * Parses the JSON of a header or an index and refuses a key that occurs twice in one object, which `JSON.parse` takes silently.
 * @throws WEIGHTS_INVALID
 */
export function parseHeaderJson(text: string, what = 'header'): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidWeights(`the ${what} must be JSON`, (cause as Error).message, cause);
  }
  refuseRepeatedKeys({ text, at: 0 });
  return value;
}

/** One pass over JSON that is already known to be valid: only strings and brackets matter. */
function refuseRepeatedKeys(scan: Scan): void {
  const open: (Set<string> | undefined)[] = [];
  while (scan.at < scan.text.length) {
    const char = scan.text[scan.at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(undefined);
    else if (char === '}' || char === ']') open.pop();
    if (char === '"') noteKey(takeString(scan), scan, open.at(-1));
    else scan.at++;
  }
}

function takeString(scan: Scan): string {
  const start = scan.at++;
  while (scan.text[scan.at] !== '"') scan.at += scan.text[scan.at] === '\\' ? 2 : 1;
  scan.at++;
  return JSON.parse(scan.text.slice(start, scan.at)) as string;
}

function noteKey(name: string, scan: Scan, keys: Set<string> | undefined): void {
  while (/\s/.test(scan.text[scan.at] ?? '')) scan.at++;
  if (scan.text[scan.at] !== ':' || !keys) return;
  if (keys.has(name)) throw invalidWeights('each name must occur once', `"${name}" occurs twice`);
  keys.add(name);
}
