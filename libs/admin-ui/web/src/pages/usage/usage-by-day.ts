import { answer, api } from '../../api/client.js';

const PAGE = 1_000;
const DAY_MS = 86_400_000;

interface Of {
  readonly tenant: string;
  readonly month: string;
  readonly meter: string;
}

/** What a tenant used of a meter on each day of UTC, up to now; what was billed late counts for its day. */
export async function usageByDay({ tenant, month, meter }: Of, signal: AbortSignal) {
  const begin = Date.parse(`${month}-01T00:00:00Z`);
  const end = new Date(begin);
  end.setUTCMonth(end.getUTCMonth() + 1);
  const days = Math.max(1, Math.ceil((Math.min(end.getTime(), Date.now()) - begin) / DAY_MS));
  const values = Array.from({ length: days }, () => 0);
  let cursor: string | undefined;
  do {
    const query = {
      tenant,
      meter,
      cursor,
      limit: PAGE,
      from: new Date(begin).toISOString(),
      to: end.toISOString(),
    };
    const page = await answer(api.GET('/usage', { params: { query }, signal }));
    for (const { hour, change } of page.items) {
      const day = Math.floor((Date.parse(hour) - begin) / DAY_MS);
      values[day] = (values[day] ?? 0) + Number(change);
    }
    cursor = page.next ?? undefined;
  } while (cursor);
  return { times: values.map((_, day) => begin + day * DAY_MS), values };
}
