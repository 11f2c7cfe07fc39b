import type { Diagnosis } from '../sdk/diagnosis.js';

const SAID = { present: 'present', absent: 'absent: it is not there', unsure: 'unsure' } as const;

/** The lines behind the reasoning: diagnosis, presence, confidence, timing, the notice. */
export function answerLines(diagnosis: Diagnosis, { files }: { files: string }): string {
  const { timings, tts } = diagnosis.answer;
  const [encode, text, masks] = [timings.encodeMs, timings.prefillMs + timings.sampleMs, timings.maskMs].map(
    Math.round,
  );
  const scaling = tts.paths * tts.masks > 1 ? `, ${tts.paths} paths x ${tts.masks} masks` : '';
  const lines = [
    `diagnosis   ${diagnosis.diagnosis === 'unparsed' ? 'none that the text names clearly' : diagnosis.diagnosis}`,
    `presence    ${SAID[diagnosis.presence]}`,
    `confidence  ${Math.round(diagnosis.confidence * 100)}% (not calibrated)`,
    `time        ${Math.round(timings.totalMs)} ms (image ${encode}, text ${text}, masks ${masks}${scaling})`,
    `files       ${files}`,
    ...diagnosis.answer.notes.map((note) => `note        ${note}`),
    '',
    diagnosis.notice,
  ];
  return `${lines.join('\n')}\n`;
}
