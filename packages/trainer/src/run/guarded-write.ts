import { Sim4SegError } from '@sim4seg/core';

/** Runs a write of a run's log; what fails is told as a coded error. @throws DISK_FULL, WRITE_FAILED */
export function guardedWrite(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const full = (cause as { code?: string }).code === 'ENOSPC';
    throw new Sim4SegError(full ? 'DISK_FULL' : 'WRITE_FAILED', {
      must: `The log ${path} must be writable`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: full ? 'Free some space and resume; checkpoints are intact' : 'Check the folder and its rights, then resume',
      cause,
    });
  }
}
