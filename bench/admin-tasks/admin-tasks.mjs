import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/packages/processes.mjs';
import { Demo, freePort } from '../../test/start/demo.mjs';
import { connectionOf, openOwner, operationsOf } from '../../test/start/demo-operations.mjs';
import { startChromium } from '../../tools/chromium.mjs';
import { ROOT } from '../../tools/workspace.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { spread } from '../harness/statistics.mjs';
import { Hand, Terminal } from './by-hand.mjs';
import { TASKS } from './tasks.mjs';

/** Five tasks of an operator, in the admin app and by the command. See bench/README.md. */
export const bench = {
  maxConnections: 50,
  plan: ({ quick, rounds }) => ({ rounds: rounds ?? (quick ? 1 : 3) }),
  run,
};

const TOKEN = 'tasks';
const COMMAND = join(ROOT, 'apps/cli/dist/main.js');

async function run(plan, { cleanUp, log }) {
  if (
    spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', join(ROOT, 'apps/cli')])
      .status !== 0
  )
    throw new Error('The command does not compile.');
  const cells = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const deployment = await openDemo(cleanUp);
    for (const task of TASKS) cells.push({ task: task.name, round, ...(await doTask(task, deployment)) });
    await deployment.close();
    log(`  round ${round + 1} of ${plan.rounds}`);
  }
  const rows = TASKS.map(({ name }) => rowOf(name, cells));
  return { rows, raw: { cells }, text: textOf(rows) };
}

/** The demo with its shops, new in each round: what a task did, it did once. */
async function openDemo(cleanUp) {
  const folder = join(temporaryDirectory('tasks'), '.rowhouse');
  const [port, adminPort] = [await freePort(), await freePort()];
  const env = { ROWHOUSE_DEMO_FLEET: 'on', ROWHOUSE_ADMIN_TOKEN: TOKEN };
  const demo = new Demo({ port, adminPort, dataDir: join(folder, 'postgres'), env });
  await demo.banner();
  await demo.fleet();
  const owner = await openOwner(folder);
  const browser = await startChromium();
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await browser.close();
    await owner.end();
    await demo.ctrlC();
  };
  cleanUp.add(close);
  const { url, directUrl } = connectionOf(folder);
  return {
    pages: `http://127.0.0.1:${adminPort}/ui`,
    run: operationsOf(`http://127.0.0.1:${adminPort}/admin`, TOKEN),
    command: async (args) => {
      const env = { ...process.env, DATABASE_URL: url, DIRECT_DATABASE_URL: directUrl };
      const ended = promisify(execFile)(process.execPath, [COMMAND, ...args], { cwd: ROOT, env });
      const { stdout } = await ended.catch((error) => {
        // It says by 1 that there are differences.
        if (args[0] === 'diff' && error.code === 1) return error;
        throw error;
      });
      return stdout;
    },
    owner,
    browser,
    close,
  };
}

async function doTask({ arrange, inPages, byCommand }, deployment) {
  await arrange?.({ ...deployment, isFirst: true });
  const context = await deployment.browser.newContext({
    viewport: { width: 1_280, height: 800 },
    locale: 'en-GB',
  });
  await context.addInitScript(`sessionStorage['rowhouse.token'] = ${JSON.stringify(TOKEN)}`);
  const page = await context.newPage();
  await page.goto(deployment.pages);
  await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  const hand = new Hand(page);
  const pageSeconds = await seconds(() => inPages(hand, { ...deployment, page }));
  await context.close();
  await arrange?.({ ...deployment, isFirst: false });
  const terminal = new Terminal(deployment.command);
  const commandSeconds = await seconds(() => byCommand(terminal, deployment));
  return {
    pages: { clicks: hand.clicks, keys: hand.keys, seconds: pageSeconds },
    command: { commands: terminal.commands, keys: terminal.keys, seconds: commandSeconds },
  };
}

async function seconds(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

function rowOf(task, all) {
  const cells = all.filter((cell) => cell.task === task);
  const secondsOf = (of) =>
    spread(
      cells.map((cell) => cell[of].seconds),
      1,
    );
  const [{ pages, command }] = cells;
  return {
    task,
    pages: { clicks: pages.clicks, keys: pages.keys, seconds: secondsOf('pages') },
    command: { commands: command.commands, keys: command.keys, seconds: secondsOf('command') },
  };
}

function textOf(rows) {
  const columns = [
    { title: 'task', left: true, of: ({ task }) => task },
    { title: 'clicks', of: ({ pages }) => String(pages.clicks) },
    { title: 'keys', of: ({ pages }) => String(pages.keys) },
    { title: 's', of: ({ pages }) => formatSpread(pages.seconds, 1) },
    { title: 'commands', of: ({ command }) => String(command.commands) },
    { title: 'keys', of: ({ command }) => String(command.keys) },
    { title: 's', of: ({ command }) => formatSpread(command.seconds, 1) },
  ];
  return `In the admin app, and by the command. Seconds are those of machines, min – median – max: nobody reads, thinks or looks for a key.

${table(rows, columns)}`;
}
