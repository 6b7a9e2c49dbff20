import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { withTarget } from '../options/target-options.js';
import { port } from '../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../shell/io.js';
import { print, printJson } from '../shell/print.js';
import { withFleet } from '../target/deployment.js';
import { examineTarget } from '../target/examine-target.js';
import type { TargetOptions } from '../target/target.js';

interface AdminOptions extends TargetOptions {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean;
}

const HELP = `
Callers send the token of ROWHOUSE_ADMIN_TOKEN as a bearer token; without one in the environment the command makes a
token and prints it. Operations that are under way when it ends are resumed at its next start, or by another instance.

The JSON, printed when it listens, is {"url", "token"?}: the token only if the command made it. Exit status: 0 after
Ctrl-C; 2 when the port is taken, or the config or the database cannot be used.

Examples:
  $ rowhouse admin
  $ ROWHOUSE_ADMIN_TOKEN=… rowhouse admin --host 0.0.0.0 --port 8080
`;

export function addAdmin(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('admin'))
    .description('serves the admin API over HTTP until Ctrl-C')
    .option('--port <number>', 'where it listens; 0 for any that is free', port, 3_001)
    .option('--host <address>', 'the address that it listens on', '127.0.0.1')
    .addHelpText('after', HELP)
    .action(async (options) => done(await serveAdmin(options, io)));
}

async function serveAdmin(options: AdminOptions, io: Io): Promise<ExitCode> {
  const given = io.env['ROWHOUSE_ADMIN_TOKEN'] || undefined;
  const token = given ?? randomBytes(24).toString('base64url');
  return withFleet(options, io, { app: true }, async (fleet, target, catalog) => {
    const { config } = target;
    const { PostgresTenantStore } = await import('@rowhouse/core');
    const { OperatorAuth } = await import('@rowhouse/nestjs/operator');
    const { createAdminServer } = await import('@rowhouse/admin/server');
    const app = await createAdminServer({
      catalog,
      fleet,
      store: new PostgresTenantStore({ pool: catalog }),
      auth: new OperatorAuth({ tokens: [{ token: () => token }] }),
      members: config?.config.members,
      settings: config?.config.settings,
      webhooks: config?.config.webhooks,
      examine: (how) => examineTarget(target, how),
    });
    try {
      await app.init();
      // Nest logs by itself what listen() throws.
      app.useLogger(false);
      await app.listen(options.port, options.host).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EADDRINUSE'
          ? new UnusableError(`Port ${options.port} is taken. Choose another: --port ${options.port + 10}.`)
          : error;
      });
      app.useLogger(['warn', 'error', 'fatal']);
      const address = app.getHttpServer().address() as AddressInfo;
      const url = `http://${options.host}:${address.port}/admin`;
      if (options.json) printJson(io.stdout, { url, ...(given ? {} : { token }) });
      else
        print(
          io.stdout,
          `Serving the admin API on ${url}${given ? '' : `, token ${token}`}. Ctrl-C ends it.\n`,
        );
      if (io.signal && !io.signal.aborted) await once(io.signal, 'abort');
    } finally {
      await app.close();
    }
    return EXIT.ok;
  });
}
