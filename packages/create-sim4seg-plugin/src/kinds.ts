/** Kinds of plugins; each has a template. */
export const templateKinds = [
  'lvlm',
  'region-prior',
  'image-encoder',
  'prompt-encoder',
  'mask-decoder',
  'presence-judge',
  'scorer',
  'selector',
  'dataset',
  'importer',
  'observer',
] as const;
export type TemplateKind = (typeof templateKinds)[number];
