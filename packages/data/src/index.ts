export { CASES_SCHEMA_VERSION, caseRecordSchema, parseCaseLine } from './case-record.js';
export type { CaseRecord, CaseSubject, LinePlace } from './case-record.js';
export { readCases, streamCases } from './read-cases.js';
export type { DatasetCase, ReadCasesOptions } from './read-cases.js';
export { openDatasets } from './open-datasets.js';
export type { OpenDataset } from './open-datasets.js';
export { resolveInside } from './safe-path.js';
export { loadCase, readImage } from './load-case.js';
export type { LoadedCase } from './load-case.js';
export { createDataRandom, pick, shuffled } from './random.js';
export type { Chance, DataRandom } from './random.js';
export { decodeImage, decodeMask } from './decode-image.js';
export type { DecodeOptions } from './decode-image.js';
export { DEFAULT_PICTURE_LIMITS } from './picture-format.js';
export type { PictureFormat, PictureLimits } from './picture-format.js';
export { maskToPicture } from './picture.js';
export type { MaskPicture, Picture } from './picture.js';
export { encodeMaskPng, encodePng, svgToPng } from './encode-png.js';
export { contactSheet } from './contact-sheet.js';
export type { ContactSheetOptions } from './contact-sheet.js';
export { canonicalQuestion, questionFor } from './text/questions.js';
export { answerFor } from './text/answers.js';
export type { AnswerContent, AnswerOrder } from './text/answers.js';
export { maskFacts, placeWords } from './text/mask-facts.js';
export type {
  BorderWord,
  ColumnWord,
  DensityWord,
  MaskFacts,
  MaskFrame,
  RowWord,
  ShapeWord,
  SizeWord,
} from './text/mask-facts.js';
export type { AnnotatedText, SpanKind, TextSpan } from './text/spans.js';
export { isAbsentDiagnosis, labelVocabulary } from './text/label-vocabulary.js';
export { wrongTargetsFor } from './text/wrong-targets.js';
export { applyAugmentation } from './augment/augment.js';
export { augmentRecipeFor, drawAugmentation } from './augment/augment-recipe.js';
export type { Augmentation, AugmentRecipe, AugmentStrength } from './augment/augment-recipe.js';
export type { TrainingSquare } from './augment/training-square.js';
export { DEFAULT_PHANTOM_WIDTH_PX, makePhantom, PHANTOM_KINDS, phantomSeedOf } from './phantoms/make-phantom.js';
export type { PhantomOptions } from './phantoms/make-phantom.js';
export type { Phantom, PhantomKind, PhantomSplit, PhantomTarget } from './phantoms/phantom.js';
export { phantomCases } from './phantoms/phantom-cases.js';
export type { PhantomCase } from './phantoms/phantom-cases.js';
export { drawSheet, writePhantoms } from './phantoms/write-phantoms.js';
export type { WritePhantomsOptions } from './phantoms/write-phantoms.js';
export { measurePhantomBaselines, otsuMask, otsuThreshold } from './phantoms/phantom-baselines.js';
export type { PhantomBaselines } from './phantoms/phantom-baselines.js';
export { toFolderDataset } from './folder-dataset.js';
export { createPhantomDataset } from './phantoms/phantom-dataset.js';
export type { PhantomSetOptions } from './phantoms/phantom-dataset.js';
export {
  caseFolderDatasetPlugin,
  caseFoldersImporterPlugin,
  cocoImporterPlugin,
  imageMaskPairsImporterPlugin,
  phantomDatasetPlugin,
} from './plugin.js';
export { writeCases } from './importers/write-cases.js';
export type { WriteCasesOptions } from './importers/write-cases.js';
export { FINDING_KINDS } from './validate/finding.js';
export type { CaseMark, Finding, FindingKind } from './validate/finding.js';
export { reportPage } from './validate/report-page.js';
export { validateCases } from './validate/validate-cases.js';
export type { ValidateOptions, ValidationReport } from './validate/validate-cases.js';
