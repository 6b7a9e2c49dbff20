import type { Command } from 'commander';
import { list } from './values.js';

/** Adds the options of all commands that use a database. */
export function withTarget(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'the config (default: ROWHOUSE_CONFIG, or rowhouse.config.* in this folder or above)',
    )
    .option(
      '--url <url>',
      "the application's login, through the pooler if there is one (default: from the config, DATABASE_URL, or a running demo)",
    )
    .option(
      '--direct-url <url>',
      'the owner of the schemas, not through a pooler (default: DIRECT_DATABASE_URL, or --url)',
    )
    .option('--roles <prefix>', "the prefix of the deployment's roles (default: rowhouse)")
    .option('--no-roles', 'the deployment works without roles')
    .option('--home-schema <schema>', 'the schema with the tables of row tenants (default: public)')
    .option(
      '--shared-schemas <schemas>',
      'the schemas with shared tables; separate with commas (default: public)',
      list,
    )
    .option('--json', 'prints one JSON document and nothing else to stdout');
}
