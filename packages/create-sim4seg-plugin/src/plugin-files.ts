import { readFileSync } from 'node:fs';

/** Kinds that have a template. */
export const templateKinds = ['region-prior', 'selector'] as const;
export type TemplateKind = (typeof templateKinds)[number];

const configKey: Readonly<Record<TemplateKind, string>> = { 'region-prior': 'regionPrior', selector: 'selector' };

/** The template is a working plugin whose id is `plugin-id`. */
const source = (kind: TemplateKind, id: string): string =>
  readFileSync(new URL(`../templates/${kind}.js`, import.meta.url), 'utf8').replace("'plugin-id'", `'${id}'`);

const manifest = (name: string): string =>
  `${JSON.stringify(
    {
      name,
      version: '0.1.0',
      type: 'module',
      exports: './index.js',
      files: ['index.js', 'README.md'],
      keywords: ['sim4seg-plugin'],
      peerDependencies: { '@sim4seg/core': '^0.1.0' },
      dependencies: { zod: '^4.6.7' },
    },
    null,
    2,
  )}\n`;

const readme = (kind: TemplateKind, name: string): string => `# ${name}

A ${kind} for sim4seg. Research use only: not a medical device.

Select it by config:

\`\`\`json
{ "plugins": ["./${name}"], "${configKey[kind]}": { "use": "${name}" } }
\`\`\`

\`\`\`bash
sim4seg diagnose picture.png -q "Is there a breast lesion in this image? Outline it." --config config.json
\`\`\`
`;

/** The files of a new plugin package, by path relative to its folder. */
export const pluginFiles = (kind: TemplateKind, name: string): Readonly<Record<string, string>> => ({
  'package.json': manifest(name),
  'index.js': source(kind, name),
  'README.md': readme(kind, name),
});
