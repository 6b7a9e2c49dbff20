import { answer, api } from '../../api/client.js';
import { ApiProblem } from '../../api/problem.js';
import type { filtersIn, Tenant } from './tenant-filters.js';

export const BULK_ACTIONS = ['suspend', 'activate', 'export', 'migrate'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];
/** What is asked tenant by tenant; migrating is one run for all. */
export type EachAction = Exclude<BulkAction, 'migrate'>;

/** What came of one tenant. */
export interface Outcome {
  readonly slug: string;
  readonly id: string;
  readonly result: 'done' | 'refused' | 'left';
  readonly code: string;
  readonly detail: string;
}

const AT_ONCE = 4;
const PAGE = 200;

/** All tenants that fit the filters, page by page. */
export async function allTenants(
  filters: ReturnType<typeof filtersIn>,
  signal: AbortSignal,
): Promise<readonly Tenant[]> {
  const found: Tenant[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filters, limit: PAGE, cursor };
    const page = await answer(api.GET('/tenants', { params: { query }, signal }));
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return found;
}

/** Asks for each, some at a time. After the signal no more are asked for; what is under way is finished. */
export async function doEach(
  action: EachAction,
  tenants: readonly Tenant[],
  signal: AbortSignal,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const rest = tenants.values();
  const work = async () => {
    for (const tenant of rest) onOutcome(await doOne(action, tenant, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function doOne(action: EachAction, { id, slug }: Tenant, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return { slug, id, result: 'left', code: '', detail: '' };
  const params = { path: { tenant: id } };
  try {
    if (action === 'export') await answer(api.POST('/tenants/{tenant}/exports', { params, body: {} }));
    else await answer(api.POST(`/tenants/{tenant}/${action}`, { params }));
    return { slug, id, result: 'done', code: '', detail: '' };
  } catch (error) {
    const { code, detail } =
      error instanceof ApiProblem ? error.problem : { code: '', detail: String(error) };
    return { slug, id, result: 'refused', code, detail };
  }
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is made text. */
export function csvOf(outcomes: readonly Outcome[]): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const rows = outcomes.map(({ slug, id, result, code, detail }) => [slug, id, result, code, detail]);
  return [['tenant', 'id', 'result', 'code', 'detail'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}
