/** Stands on every surface and in every export. */
export const RESEARCH_NOTICE =
  'Research use only. Not a medical device; no clinical claim. Do not use it to decide about a patient.';

/** The short form that is drawn into pictures; its letters are those of the bitmap font. */
export const DRAWN_NOTICE = 'RESEARCH USE ONLY - NOT FOR DIAGNOSIS';
