import { sqlStateOf } from '@rowhouse/core/internal';

/** Whether PostgreSQL refused a row: data exceptions and violated constraints (manual, appendix A, classes 22 and 23). */
export function isRowMisfit(error: unknown): boolean {
  return /^2[23]/.test(sqlStateOf(error) ?? '');
}
