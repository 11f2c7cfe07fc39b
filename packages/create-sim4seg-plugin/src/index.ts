export { pluginFiles, templateKinds } from './plugin-files.js';
export type { TemplateKind } from './plugin-files.js';
export { writePlugin } from './write-plugin.js';
