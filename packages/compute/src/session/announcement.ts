/** What the engine did otherwise than asked, and how to get what was asked. */
export interface EngineAnnouncement {
  readonly type: 'provider-skipped' | 'engine-replaced' | 'cache-unused' | 'engine-restarted';
  /** What happens instead. */
  readonly instead: string;
  readonly got: string;
  readonly fix: string;
}

export type Announce = (announcement: EngineAnnouncement) => void;

/** The announcement as one paragraph. */
export function announcementText({ instead, got, fix }: EngineAnnouncement): string {
  return `${instead}. Got: ${got}. Fix: ${fix}.`;
}

/** Passes each text on once: ten graphs that fall back for one reason are one piece of news. */
export function announceOnce(announce: Announce): Announce {
  const announced = new Set<string>();
  return (announcement) => {
    const text = announcementText(announcement);
    if (announced.has(text)) return;
    announced.add(text);
    announce(announcement);
  };
}

/**
 * Tells the person who runs the process, each text once: nothing that the engine does otherwise than asked is silent,
 * also where nobody listens. In Node it is a warning of the process, elsewhere an event `sim4seg-announcement`.
 */
export const announceByWarning: Announce = announceOnce((announcement) => {
  const { process: host } = globalThis as { process?: Partial<NodeJS.Process> };
  const text = announcementText(announcement);
  if (host?.emitWarning) host.emitWarning(text, { type: 'Sim4SegEngine', code: announcement.type });
  else globalThis.dispatchEvent?.(new CustomEvent('sim4seg-announcement', { detail: announcement }));
});
