export { openSafetensors, readSafetensorsFile, writeSafetensorsFile } from './node/safetensors-file.js';
export type { SafetensorsFile } from './node/safetensors-file.js';
export { openTorchFile } from './node/torch-file.js';
export type { TorchFile } from './node/torch-file.js';
export { writeFileAtomic } from './node/write-atomic.js';
export type { WriteAtomicOptions, WriteMoment } from './node/write-atomic.js';
