export type { ExamineOptions } from './examination.js';
export { examine } from './examine.js';
export type { CheckReport, CheckStatus, DoctorReport } from './report.js';
