export { templateKinds } from './kinds.js';
export type { TemplateKind } from './kinds.js';
export { pluginFiles } from './plugin-files.js';
export { writePlugin } from './write-plugin.js';
