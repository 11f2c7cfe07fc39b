export { closeTo, expectClose } from './close-to.js';
export type { Closeness, Tolerance } from './close-to.js';
export { fixtureFolder, loadReferenceCase, ReferenceTensors } from './reference-case.js';
export type { ReferenceCase } from './reference-case.js';
