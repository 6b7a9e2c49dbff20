import { createServer } from 'node:net';
import { ROOT } from '../packages/packages.mjs';
import { run, start } from '../packages/processes.mjs';

/** `npm start` compiles the demo and may have to create a database first. */
const START_LIMIT_MS = 180_000;
const END_LIMIT_MS = 30_000;

/** `npm start` in its own process group, like in a terminal: Ctrl-C reaches all its processes. */
export class Demo {
  #program;
  #dataDir;

  /** @param env - for `npm start`, in place of what it has here. */
  constructor({ port, adminPort, dataDir, env: others = {} }) {
    this.url = `http://127.0.0.1:${port}`;
    this.#dataDir = dataDir;
    const ports = { PORT: String(port), ADMIN_PORT: String(adminPort) };
    const env = {
      ...ports,
      ROWHOUSE_DATA_DIR: dataDir,
      DATABASE_URL: undefined,
      HOST: undefined,
      ROWHOUSE_DEMO_FLEET: 'off',
      ...others,
    };
    this.#program = start('npm', ['start'], { cwd: ROOT, env });
  }

  /** Waits for the banner, and returns it. */
  async banner() {
    await this.#program.line(/Ctrl-C stops the server and its database/, START_LIMIT_MS);
    return this.#program.output;
  }

  /** Waits until the shops for the admin app have been opened. */
  async fleet() {
    await this.#program.line(/All \d+ shops have been opened/, START_LIMIT_MS);
  }

  /** Sends the same signal as Ctrl-C. */
  async ctrlC() {
    this.#program.signalGroup('SIGINT');
    return this.#program.ended(END_LIMIT_MS);
  }

  /** `kill -9` of the app's process, which then cannot stop its database. Its parent processes end by themselves. */
  async kill() {
    process.kill(await this.#serverPid(), 'SIGKILL');
    return this.#program.ended(END_LIMIT_MS);
  }

  /** Process ids of PostgreSQL servers on the demo's data. */
  async databaseServers() {
    const all = await processes();
    return all
      .filter(({ args }) => args.includes(this.#dataDir) && /postgres/.test(args))
      .map(({ pid }) => pid);
  }

  /** All processes of the group. */
  async members() {
    return (await processes()).filter(({ group }) => group === this.#program.pid);
  }

  /** The last process of the chain npm, shell, nest, node: the one without children. */
  async #serverPid() {
    const members = await this.members();
    const parents = new Set(members.map(({ parent }) => parent));
    const [server, ...others] = members.filter(
      ({ pid, args }) => !parents.has(pid) && /dist.apps.demo/.test(args),
    );
    if (!server || others.length > 0) {
      throw new Error(
        `Cannot tell which process is the server:\n${members.map(({ args }) => args).join('\n')}`,
      );
    }
    return server.pid;
  }
}

async function processes() {
  const table = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,pgid=,args='], { cwd: ROOT });
  return table
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, group, args]) => ({ pid: +pid, parent: +parent, group: +group, args }));
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
