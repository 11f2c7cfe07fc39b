import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { Sim4SegError, toSim4SegError } from '@sim4seg/core';

/** Who holds a run folder. */
interface Holder {
  readonly pid: number;
  /** When that process started, in ticks of the kernel; null where the system does not tell. */
  readonly startedTicks: string | null;
}

/** A held run folder. */
export interface RunLock {
  release(): Promise<void>;
}

/**
 * Takes a run folder for this process, so that two trainers never write into one. The lock of a process that is gone,
 * however it ended, is taken over; no clock decides it.
 * @throws USAGE (held by a living process), WRITE_FAILED
 */
export async function lockRun(path: string): Promise<RunLock> {
  if (await create(path)) return { release: () => rm(path, { force: true }) };
  const holder = await readHolder(path);
  if (holder && (await isAlive(holder))) throw held(path, holder);
  await rm(path, { force: true });
  if (await create(path)) return { release: () => rm(path, { force: true }) };
  throw held(path, await readHolder(path));
}

/** Makes the lock file with its content in one go, unless there is one. */
async function create(path: string): Promise<boolean> {
  const own: Holder = { pid: process.pid, startedTicks: await startedTicks(process.pid) };
  const aside = `${path}.${process.pid}`;
  try {
    await writeFile(aside, JSON.stringify(own));
    await link(aside, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw toSim4SegError(cause, 'WRITE_FAILED', {
      must: `${path} must be writable`,
      fix: 'Check the rights of the run folder',
    });
  } finally {
    await rm(aside, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

/** A process number may have been given again; the start time tells both apart. */
async function isAlive({ pid, startedTicks: known }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = await startedTicks(pid);
  return known === null || now === null || known === now;
}

/** Field 22 of `/proc/<pid>/stat`; the name of the program, which may hold spaces, ends with the last parenthesis. */
async function startedTicks(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function held(path: string, holder: Holder | null): Sim4SegError {
  return new Sim4SegError('USAGE', {
    must: 'A run folder has one trainer at a time',
    got: `${path} is held by process ${holder?.pid ?? 'unknown'}`,
    fix: 'Wait until that training ends, or choose another --out',
  });
}
