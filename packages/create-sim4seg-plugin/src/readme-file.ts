import type { TemplateKind } from './kinds.js';

/** How a config selects a plugin of each kind. */
const selection: Readonly<Record<TemplateKind, (id: string) => Readonly<Record<string, unknown>>>> = {
  lvlm: (use) => ({ lvlm: { use } }),
  'region-prior': (use) => ({ regionPrior: { use } }),
  'image-encoder': (use) => ({ imageEncoder: { use } }),
  'prompt-encoder': (use) => ({ promptEncoder: { use } }),
  'mask-decoder': (use) => ({ maskDecoder: { use } }),
  'presence-judge': (use) => ({ presence: { use } }),
  scorer: (use) => ({ scorers: [{ use }] }),
  selector: (use) => ({ selector: { use } }),
  dataset: (use) => ({ datasets: [{ use, path: './pictures' }] }),
  importer: (use) => ({ importer: { use } }),
  observer: (use) => ({ observers: [{ use }] }),
};

export const readmeFile = (kind: TemplateKind, name: string): string => `# ${name}

A ${kind} for sim4seg. Research use only: not a medical device.

\`\`\`bash
npm install
npm test          # the conformance suite of this kind
\`\`\`

Select it by config, in a file beside this folder (or name the package once it is installed):

\`\`\`json
${JSON.stringify({ plugins: [`./${name}`], ...selection[kind](name) })}
\`\`\`

\`\`\`bash
sim4seg plugins list --config config.json
\`\`\`
`;
