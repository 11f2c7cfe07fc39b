import type { CaseAnswer, CaseQuestion } from '@sim4seg/trainer';
import type { Sim4Seg } from './create-sim4seg.js';

/** The product's own way to answer, as evaluation asks it: free-running, ground truth out of reach. */
export function caseAnswerer(model: Sim4Seg): (question: CaseQuestion) => Promise<CaseAnswer> {
  return async ({ image, question, signal }) => {
    const { presence, diagnosis, confidence, reasoning, maskBits, answer } = await model
      .diagnose({ image, question, signal })
      .result();
    const said = answer.paths.find(({ text }) => text === reasoning) ?? answer.paths[0];
    return {
      presence,
      diagnosis: diagnosis === 'unparsed' ? null : diagnosis,
      confidence,
      text: reasoning,
      segCount: said?.segCount ?? 0,
      maskBits,
    };
  };
}
