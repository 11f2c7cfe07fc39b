import { vi } from 'vitest';
import { main } from '../src/cli.js';

/** What a run of the command left behind. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command `sim4seg` in this process and catches what it prints. */
export async function runCommand(...args: string[]): Promise<CommandResult> {
  const written = { out: '', err: '' };
  const catchInto = (key: 'out' | 'err') => (text: string | Uint8Array) => {
    written[key] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catchInto('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(catchInto('err')),
  ];
  process.exitCode = undefined;
  try {
    await main(args);
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.exitCode = undefined;
    spies.forEach((spy) => spy.mockRestore());
  }
}
