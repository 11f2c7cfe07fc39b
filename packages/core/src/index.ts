export { ERROR_TABLE, Sim4SegError, exitCodeOf, expectNotAborted, isSim4SegError, toSim4SegError } from './errors.js';
export type { ErrorCode, ErrorParts } from './errors.js';
export { expectFinite, expectShape } from './shape.js';
export type { ShapeDim, Shaped } from './shape.js';
