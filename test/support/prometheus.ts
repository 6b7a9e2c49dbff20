import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { until } from './until.js';

const MISSING =
  'Prometheus is not installed, and this suite needs the real one. Get it with: apt-get install prometheus (Debian), ' +
  'brew install prometheus (macOS).';

/** A series, with its last value. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusRule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A real Prometheus on this machine. */
export interface PrometheusServer {
  /** @throws what Prometheus says of an expression that it cannot evaluate. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
  rules(): Promise<readonly PrometheusRule[]>;
  /** Whether everything that is scraped has answered. */
  hasScraped(): Promise<boolean>;
  close(): Promise<void>;
}

/** What `promtool` answers. @throws with its output, when it finds a fault. */
export async function promtool(...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('promtool', args);
    return stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    throw new Error(code === 'ENOENT' ? MISSING : `${stdout ?? ''}${stderr ?? ''}`);
  }
}

/** @param config - of Prometheus, as YAML. */
export async function startPrometheus(config: string): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, config);
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ];
  const server = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (data) => {
    log = `${log}${data}`.slice(-4_000);
  });
  let failure: Error | undefined;
  server.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error(MISSING) : error;
  });
  const ended = new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.once('exit', (code) => {
      failure ??= new Error(`Prometheus has ended with ${code}: ${log}`);
      resolve();
    });
  });
  const close = async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const read = async (path: string) => {
    const response = await fetch(`http://${address}${path}`);
    const { status, error, data } = (await response.json()) as {
      status: string;
      error?: string;
      // biome-ignore lint/suspicious/noExplicitAny: answers are looked into without declaring each.
      data: any;
    };
    if (status !== 'success') throw new Error(error);
    return data;
  };
  try {
    await until(async () => {
      if (failure) throw failure;
      return (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.ok;
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query: async (expression) => {
      const { result } = await read(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map((each: { metric: Record<string, string>; value: [number, string] }) => ({
        metric: each.metric,
        value: Number(each.value[1]),
      }));
    },
    rules: async () =>
      (await read('/api/v1/rules')).groups.flatMap((group: { rules: PrometheusRule[] }) => group.rules),
    hasScraped: async () => {
      const { activeTargets } = await read('/api/v1/targets');
      return activeTargets.every(({ health }: { health: string }) => health === 'up');
    },
    close,
  };
}
