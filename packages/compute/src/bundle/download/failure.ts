import { Sim4SegError } from '@sim4seg/core';

/** The one error of downloads. */
export function downloadFailed(
  must: string,
  got: string,
  { cause, fix }: { cause?: unknown; fix?: string } = {},
): Sim4SegError {
  return new Sim4SegError('DOWNLOAD_FAILED', {
    must,
    got,
    fix: fix ?? 'try again; what has arrived is kept and not fetched again',
    ...(cause === undefined ? {} : { cause }),
  });
}
