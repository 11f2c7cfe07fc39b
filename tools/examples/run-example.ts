import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** An example in a process of its own, on the built packages: threads of its own cannot read sources. */
export interface RunningExample {
  readonly process: ChildProcess;
  /** What it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

export function startExample(name: string, args: readonly string[] = []): RunningExample {
  const child = spawn(process.execPath, [join(root, 'examples', name), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, out: () => out, err: () => err, ended };
}
