import type { DatasetCase } from '../read-cases.js';
import type { CheckedCase } from './check-case.js';
import { createCopyIndex } from './copy-index.js';
import type { Claim, PictureRecord } from './copy-index.js';
import type { CaseMark, Finding } from './finding.js';

/** Compares each case with all before it; keeps a few hundred bytes a picture. */
export interface CrossChecks {
  add(found: DatasetCase, checked: CheckedCase): Finding[];
}

/** Looks for patients and pictures in two splits, and for pictures about which two cases say different things. */
export function createCrossChecks(): CrossChecks {
  const patients = new Map<string, CaseMark>();
  const copies = createCopyIndex();
  return {
    add(found, checked) {
      const findings = checkPatient(patients, found, checked.mark);
      if (checked.picture === null) return findings;
      const { pixels, print } = checked.picture;
      const record = copies.find(pixels, print);
      return [...findings, ...checkCopy(record, checked.mark, pixels), ...checkClaim(record, found, checked)];
    },
  };
}

/** Patient keys hold within their dataset. */
function checkPatient(patients: Map<string, CaseMark>, { record }: DatasetCase, mark: CaseMark): Finding[] {
  if (!record.patient) return [];
  const key = `${mark.dataset}\n${record.patient}`;
  const first = patients.get(key);
  if (first === undefined) patients.set(key, mark);
  if (first === undefined || first.split === mark.split) return [];
  const detail = `patient "${record.patient}" in "${mark.split}", and in "${first.split}" as ${first.id}`;
  return [{ kind: 'patient-in-splits', dataset: mark.dataset, case: mark, other: first, detail }];
}

function checkCopy({ bySplit }: PictureRecord, mark: CaseMark, pixels: string): Finding[] {
  const others = [...bySplit].filter(([split]) => split !== mark.split).map(([, copy]) => copy);
  if (!bySplit.has(mark.split)) bySplit.set(mark.split, { by: mark, pixels });
  const same = others.find((copy) => copy.pixels === pixels);
  const other = same ?? others[0];
  if (other === undefined) return [];
  const { by } = other;
  const detail = `"${mark.split}", and "${by.split}" as ${by.dataset}/${by.id}`;
  const kind = same === undefined ? 'near-copy-in-splits' : 'copy-in-splits';
  return [{ kind, dataset: mark.dataset, case: mark, other: by, detail }];
}

function checkClaim({ byTarget }: PictureRecord, { record }: DatasetCase, { mark, drawn }: CheckedCase): Finding[] {
  const first = byTarget.get(record.target);
  const claim: Claim = { by: mark, diagnosis: record.diagnosis ?? null, drawn };
  if (first === undefined) byTarget.set(record.target, claim);
  const detail = first === undefined ? null : contradiction(first, claim);
  if (first === undefined || detail === null) return [];
  return [{ kind: 'labels-contradict', dataset: mark.dataset, case: mark, other: first.by, detail }];
}

function contradiction(first: Claim, claim: Claim): string | null {
  const { by } = first;
  if (first.diagnosis !== null && claim.diagnosis !== null && first.diagnosis !== claim.diagnosis) {
    return `"${claim.diagnosis}", but "${first.diagnosis}" in ${by.dataset}/${by.id}`;
  }
  if (first.drawn === null || claim.drawn === null || first.drawn === claim.drawn) return null;
  return `${claim.drawn ? 'a drawn' : 'an empty'} mask, but ${first.drawn ? 'a drawn' : 'an empty'} one in ${by.dataset}/${by.id}`;
}
