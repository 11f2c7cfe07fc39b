import { announcementText } from '@sim4seg/compute/runtime';
import type { Announce } from '@sim4seg/compute/runtime';

/** What the engine does otherwise than asked, on stderr: the answer on stdout stays as it is. */
export const printAnnouncement: Announce = (announcement) =>
  void process.stderr.write(`sim4seg: ${announcementText(announcement)}\n`);
