import { toSim4SegError } from '@sim4seg/core';

/** Writes a file, or says with a code why it cannot be. @throws WRITE_FAILED, DISK_FULL */
export function writing(file: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw toSim4SegError(error, isFull ? 'DISK_FULL' : 'WRITE_FAILED', {
      must: `${file} must be writable`,
      fix: 'check the folder, its rights and its space, or leave the observer out',
    });
  }
}
