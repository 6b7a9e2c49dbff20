import { asNode, namesIn, type SyntaxNode } from './syntax-tree.js';

/** A schema that a statement names, with the table where it is one. */
export interface NamedSchema {
  readonly schema: string;
  readonly table: string | undefined;
}

export interface NamedTable {
  readonly schema: string | undefined;
  readonly table: string;
}

/**
 * Lists of names that are no qualified name: columns, labels, arguments. Every other list of names is read as one, so
 * that fields of a later grammar are checked too.
 */
const PLAIN_LISTS: ReadonlySet<string> = new Set([
  'aliascolnames',
  'aliases',
  'args',
  'attlist',
  'colNames',
  'colnames',
  'cols',
  'columns',
  'cycle_col_list',
  'fk_attrs',
  'fk_del_set_cols',
  'including',
  'indirection',
  'keys',
  'pk_attrs',
  'search_col_list',
  'stat_types',
  'usingClause',
  'va_cols',
  'vals',
]);

/** Objects whose qualified name consists of the name of their table and their own. */
const PARTS_OF_TABLES: ReadonlySet<unknown> = new Set([
  'OBJECT_COLUMN',
  'OBJECT_POLICY',
  'OBJECT_RULE',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
]);

/** Objects whose name comes after that of their access method, which is in no schema. */
const OF_ACCESS_METHODS: ReadonlySet<unknown> = new Set(['OBJECT_OPCLASS', 'OBJECT_OPFAMILY']);

/** Gathers the schemas, tables and databases that the nodes of one text name. */
export class NamedObjects {
  readonly #schemas = new Map<string, NamedSchema>();
  readonly #tables = new Map<string, NamedTable>();
  readonly #databases = new Set<string>();

  get schemas(): readonly NamedSchema[] {
    return [...this.#schemas.values()];
  }

  /** Names of common table expressions are among them: telling them from tables would need PostgreSQL's scoping rules. */
  get tables(): readonly NamedTable[] {
    return [...this.#tables.values()];
  }

  get databases(): readonly string[] {
    return [...this.#databases];
  }

  /** Adds the objects that `node` itself names, without those of the nodes below it. */
  addFrom(node: SyntaxNode): void {
    const { relname, schemaname, catalogname, newschema } = node;
    if (typeof catalogname === 'string') this.#databases.add(catalogname);
    if (typeof relname === 'string') {
      this.#addTable(typeof schemaname === 'string' ? schemaname : undefined, relname);
    } else if (typeof schemaname === 'string') {
      this.#addSchema(schemaname);
    }
    if (typeof newschema === 'string') this.#addSchema(newschema);
    if (node['renameType'] === 'OBJECT_SCHEMA') this.#addSchema(String(node['subname']));
    if ('object' in node || 'objects' in node) this.#addFromObjects(node);
    else this.#addFromLists(node);
  }

  #addFromLists(node: SyntaxNode): void {
    for (const field of Object.keys(node)) {
      if (PLAIN_LISTS.has(field) || field === 'items') continue;
      const names = namesIn(node[field]);
      if (!names) continue;
      // A column reference, and a type borrowed from a column: schema.table.column.
      if (field === 'fields' || node['pct_type'] === true) this.#addTableName(names.slice(0, -1));
      else this.#addName(names);
    }
    if (typeof node['defname'] === 'string') this.#addFromOption(node['defname'], node['arg']);
  }

  /** An option in parentheses, or of CREATE SEQUENCE and ALTER DEFAULT PRIVILEGES. */
  #addFromOption(option: string, value: unknown): void {
    const names = namesIn(asNode(asNode(value)['List'])['items']);
    if (option === 'schemas') for (const schema of names ?? []) this.#addSchema(schema);
    else if (option === 'owned_by') this.#addTableName(names?.slice(0, -1) ?? []);
    else if (names && !option.startsWith('force_')) this.#addName(names);
    if (option === 'schema') this.#addSchema(String(asNode(asNode(value)['String'])['sval'] ?? ''));
  }

  /** The objects of COMMENT, DROP, GRANT, ALTER … RENAME and the like. */
  #addFromObjects(node: SyntaxNode): void {
    const kind = node['removeType'] ?? node['renameType'] ?? node['objtype'] ?? node['objectType'];
    const isOfSchemas = kind === 'OBJECT_SCHEMA' || node['targtype'] === 'ACL_TARGET_ALL_IN_SCHEMA';
    const objects = Array.isArray(node['objects']) ? node['objects'] : [node['object']];
    for (const object of objects) {
      const names = namesIn(asNode(asNode(object)['List'])['items']) ?? namesIn([object]);
      if (!names) continue;
      if (isOfSchemas) for (const schema of names) this.#addSchema(schema);
      else if (PARTS_OF_TABLES.has(kind)) this.#addTableName(names.slice(0, -1));
      else if (OF_ACCESS_METHODS.has(kind)) this.#addName(names.slice(1));
      else this.#addName(names);
    }
  }

  /** `[[database.]schema.]name` of any kind of object. */
  #addName(names: readonly string[]): void {
    const [schema, database] = [names.at(-2), names.at(-3)];
    if (schema !== undefined) this.#addSchema(schema);
    if (database !== undefined) this.#databases.add(database);
  }

  /** `[database.]schema.table`; a table without a schema is an alias of a table that another node names. */
  #addTableName(names: readonly string[]): void {
    const [table, schema, database] = [names.at(-1), names.at(-2), names.at(-3)];
    if (table !== undefined && schema !== undefined) this.#addTable(schema, table);
    if (database !== undefined) this.#databases.add(database);
  }

  #addSchema(schema: string, table?: string): void {
    this.#schemas.set(JSON.stringify([schema, table]), { schema, table });
  }

  #addTable(schema: string | undefined, table: string): void {
    this.#tables.set(JSON.stringify([schema ?? null, table]), { schema, table });
    if (schema !== undefined) this.#addSchema(schema, table);
  }
}
