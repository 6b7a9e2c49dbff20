/** An event trigger that refused a statement, with what switches it off and on again. */
export interface RefusingEventTrigger {
  readonly name: string;
  readonly disable: string;
  readonly enable: string;
}

interface FoundEventTrigger {
  /** Quoted for SQL where that is needed, as PostgreSQL has it in the place of an error. */
  readonly name: string;
  readonly function: string;
  readonly isAlways: boolean;
}

const EVENT_TRIGGERS = `
  select pg_catalog.quote_ident(e.evtname) as name, pg_catalog.quote_ident(p.proname) as function, e.evtenabled = 'A' as "isAlways"
    from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid
   where e.evtenabled in ('O', 'A') order by 1`;

/**
 * The event triggers that an error came from: those at work whose function PostgreSQL names as its place ("PL/pgSQL function
 * no_ddl() line 1 at RAISE"). What they refuse depends on their code, so it is known only when they have refused it.
 *
 * @param error - from pg, or from TypeORM, which copies its fields.
 */
export async function eventTriggersBehind(
  read: (text: string) => Promise<readonly unknown[]>,
  error: unknown,
): Promise<RefusingEventTrigger[]> {
  const { where } = Object(error) as { where?: unknown };
  if (typeof where !== 'string') return [];
  const found = (await read(EVENT_TRIGGERS)) as readonly FoundEventTrigger[];
  return found
    .filter((trigger) => isPlace(where, trigger.function))
    .map(({ name, isAlways }) => ({
      name,
      disable: `alter event trigger ${name} disable`,
      enable: `alter event trigger ${name} enable${isAlways ? ' always' : ''}`,
    }));
}

/** Whether a place names a function, with its arguments. @param name - as `quote_ident` has it. */
export function isPlace(where: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w$"])${escaped}\\(`).test(where);
}
