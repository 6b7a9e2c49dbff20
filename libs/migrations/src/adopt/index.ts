export { type AdoptionControl, adopt } from './adopt.js';
export type { AdoptionOptions, UndoAdoptionOptions } from './adoption-options.js';
export type { AdoptionReport, NamedObject, RowCount } from './adoption-report.js';
export { undoAdoption } from './undo-adoption.js';
