import pg from 'pg';

const { escapeIdentifier: quote } = pg;

/** `table (columns)`, for COPY and INSERT. @param table - quoted. */
export function columnsIn(table: string, columns: readonly { readonly name: string }[]): string {
  return columns.length === 0 ? table : `${table} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}
