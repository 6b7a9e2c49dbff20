import type { MigrationInterface, QueryRunner } from 'typeorm';
import { stripper } from './compare.js';

/** What is not a tenant's: of the server, of the whole database, or of its roles; and rows. */
const NOT_OF_TENANT = [
  /^(?:create|alter|drop)\s+(?:role|user|group|schema|database|extension|publication|subscription|event\s+trigger|server|foreign\s+data\s+wrapper|tablespace|language|(?:procedural|trusted)\s+language)\b/i,
  /^comment\s+on\s+(?:role|schema|database|extension|publication|subscription|event\s+trigger|server|foreign\s+data|language)\b/i,
  /^alter\s+default\s+privileges\b/i,
  /^alter\s[\s\S]*\sowner\s+to\s/i,
  /^(?:create|alter)\s+user\s+mapping\b/i,
  /^(?:grant|revoke|select|insert|update|delete|truncate|with|refresh|analyze|vacuum|reindex|cluster|call|begin|commit|end|start|rollback|savepoint|lock|values|reassign|security|drop|reset|copy)\b/i,
];
/** pg_dump writes functions before the tables that they read. */
const UNCHECKED = /^set\s+check_function_bodies\b/i;
const SETTING = /^set\s/i;
/** Settings of a dump's head that say where its objects go. The migration runs in the home of a tenant. */
const PATH = /^set\s+(?:session\s+|local\s+)?(?:search_path|role|session\s+authorization)\b/i;

export const BASELINE = 'Baseline1700000000000';

const ROUTINE = /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\b/i;
const DEFINER = /\bsecurity\s+definer\b/i;
const BODY = /(\$\w*\$)[\s\S]*?\1/;
const ROUTINE_PATH =
  /\bset\s+search_path\s*(?:=|\bto\b)\s*((?:'[^']*'|"[^"]*"|[\w$]+)(?:\s*,\s*(?:'[^']*'|"[^"]*"|[\w$]+))*)/i;

/**
 * A statement for the home of any tenant, as the warnings of an adoption say: without the names of the schemas. A routine that sets
 * a path to them gets the path of its home if it has its owner's rights or names them in its body, and else none.
 */
export function withoutSchemas(text: string, schemas: readonly string[]): string {
  const stripped = stripper(schemas)(text);
  if (!ROUTINE.test(text)) return stripped;
  const body = BODY.exec(stripped)?.[0] ?? '';
  const namesSchemas = stripper(schemas)(BODY.exec(text)?.[0] ?? '') !== (BODY.exec(text)?.[0] ?? '');
  const head = stripped.replace(body, BODY_MARK);
  const path = ROUTINE_PATH.exec(head)?.[1] ?? 'none';
  const names = path.split(/\s*,\s*/).map((name) => name.replace(/^['"]|['"]$/g, ''));
  const isToSchemas = names.some((name) => schemas.includes(name));
  const mended =
    namesSchemas || (isToSchemas && DEFINER.test(head))
      ? head.replace(ROUTINE_PATH, 'set search_path from current')
      : isToSchemas
        ? head.replace(ROUTINE_PATH, '')
        : head;
  return mended.replace(BODY_MARK, () => body);
}

const BODY_MARK = '<body>';
const FIRST_QUALIFIER = /(?<![\w$".'])(?:"([^"]+)"|([a-z_][\w$]*))\s*\.\s*["a-z_]/i;

/** The statements of a dump that make the tables of one tenant. Those whose object is in one of the `others` are left out. */
export function baselineStatements(
  statements: readonly string[],
  schemas: readonly string[],
  others: readonly string[],
): { readonly head: readonly string[]; readonly body: readonly string[] } {
  const isOfOthers = (text: string) => {
    const [, quoted, plain] = FIRST_QUALIFIER.exec(text) ?? [];
    return others.includes(quoted ?? plain?.toLowerCase() ?? '');
  };
  const own = statements.filter(
    (text) => !NOT_OF_TENANT.some((pattern) => pattern.test(text)) && !PATH.test(text) && !isOfOthers(text),
  );
  const isNeeded = (text: string) => !SETTING.test(text) || UNCHECKED.test(text);
  return {
    head: own.filter((text) => !isNeeded(text)),
    body: own
      .filter(isNeeded)
      .map((text) =>
        withoutSchemas(text, schemas).replace(/^(create\s+(?:unique\s+)?index)\s+concurrently\b/i, '$1'),
      ),
  };
}

/** A migration class that runs these statements. */
export function baselineMigration(statements: readonly string[]): new () => MigrationInterface {
  const classes = {
    [BASELINE]: class implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        for (const text of statements) await runner.query(text);
      }
      async down(): Promise<void> {
        throw new Error('The first migration cannot be reverted.');
      }
    },
  };
  return classes[BASELINE] as new () => MigrationInterface;
}
