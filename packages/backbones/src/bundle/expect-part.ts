import { Sim4SegError } from '@sim4seg/core';
import type { ModelBundle } from '@sim4seg/core';

/** The manifest's entry of an LVLM. @throws WIRING when the bundle holds none of it, such as one of SAM alone */
export function expectLvlmPart({ name, parts }: Pick<ModelBundle, 'name' | 'parts'>, part: string): unknown {
  if (parts[part] !== undefined) return parts[part];
  throw new Sim4SegError('WIRING', {
    must: `The bundle holds the LVLM "${part}"`,
    got: `bundle ${name} with ${Object.keys(parts).join(', ') || 'no parts'}`,
    fix: 'choose the LVLM that the bundle holds (lvlm.use); one of SAM alone answers no questions, see createPromptedSegmenter',
  });
}
