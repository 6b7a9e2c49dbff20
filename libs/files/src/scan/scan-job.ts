/** The name of the jobs that scan a file. */
export const SCAN_JOB = 'files.scan';

export interface ScanJobData {
  readonly fileId: string;
}
