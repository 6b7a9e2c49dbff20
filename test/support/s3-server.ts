import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { freePort } from './free-port.js';

const PROGRAMS = ['ceph-authtool', 'monmaptool', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph'];

/** A real object storage: Ceph with its S3 gateway, in memory, on this machine alone. */
export interface S3Server {
  readonly endpoint: string;
  readonly port: number;
  /** What the AWS SDK reads of the environment. */
  readonly env: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  readonly client: S3Client;
  /** Makes a bucket, and returns its name. */
  bucket(): Promise<string>;
  keysIn(bucket: string): Promise<string[]>;
  /** Keys of uploads that were begun, and neither completed nor aborted. */
  uploadsIn(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Where a server is, and who may use it. */
interface S3Address {
  readonly port: number;
  readonly env: S3Server['env'];
}

/** Holds the address of the server that the whole run of a suite has. */
const OF_THE_RUN = 'ROWHOUSE_TEST_S3';

/** For the global set-up: to start Ceph takes longer than most specs of it. @returns what stops it. */
export async function startS3ServerOfRun(): Promise<() => Promise<void>> {
  const { address, stop } = await startCeph();
  process.env[OF_THE_RUN] = JSON.stringify(address);
  return stop;
}

/** The server of the run, else one of the caller's own. Nobody else knows its buckets. */
export async function startS3Server(): Promise<S3Server> {
  const ofRun = process.env[OF_THE_RUN];
  if (ofRun) return connected(JSON.parse(ofRun), async () => {});
  const { address, stop } = await startCeph();
  return connected(address, stop);
}

async function startCeph(): Promise<{ address: S3Address; stop: () => Promise<void> }> {
  requirePrograms();
  const folder = mkdtempSync(join(await fastFolder(), 'rowhouse-s3-'));
  const children: ChildProcess[] = [];
  let log = '';
  const [monitorPort, port] = [await freePort(), await freePort()];
  const CEPH_CONF = join(folder, 'ceph.conf');
  const env = { ...process.env, CEPH_CONF };
  const run = async (program: string, ...args: string[]) =>
    (await promisify(execFile)(program, args, { env, cwd: folder, timeout: 120_000 })).stdout;
  const start = (program: string, ...args: string[]) => {
    const child = spawn(program, [...args, '-f'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => {
        log = `${log}${bytes}`.slice(-8_000);
      });
    children.push(child);
  };
  const stop = async () => {
    await Promise.all(children.map((child) => kill(child)));
    rmSync(folder, { recursive: true, force: true });
  };
  const keys = {
    AWS_ACCESS_KEY_ID: `ROWHOUSE${randomBytes(6).toString('hex')}`,
    AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('hex'),
  };
  const clusterId = randomUUID();
  const diskId = randomUUID();
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name));
    writeFileSync(CEPH_CONF, configOf({ folder, clusterId, monitorPort, port }));
    for (const [name, ...caps] of LOGINS)
      await run(
        'ceph-authtool',
        ...(name === 'mon.' ? ['-C'] : []),
        'keyring',
        '--gen-key',
        '-n',
        name,
        ...caps,
      );
    await run(
      'monmaptool',
      '--create',
      '--fsid',
      clusterId,
      '--addv',
      'a',
      `[v2:127.0.0.1:${monitorPort}]`,
      '--set-min-mon-release',
      '16',
      'monmap',
    );
    await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring');
    start('ceph-mon', '-i', 'a');
    await run('ceph', 'osd', 'new', diskId, '0');
    await run('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', diskId);
    start('ceph-osd', '-i', '0');
    await run(
      'radosgw-admin',
      'user',
      'create',
      '--uid',
      'rowhouse',
      '--display-name',
      'rowhouse',
      '--access-key',
      keys.AWS_ACCESS_KEY_ID,
      '--secret-key',
      keys.AWS_SECRET_ACCESS_KEY,
    );
    start('radosgw', '-n', 'client.admin');
    await untilAnswered(endpoint, children);
  } catch (error) {
    await stop();
    throw new Error(`Ceph did not start. It said:\n${log}`, { cause: error });
  }
  return { address: { port, env: keys }, stop };
}

function connected({ port, env }: S3Address, stop: () => Promise<void>): S3Server {
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  return {
    endpoint,
    port,
    env,
    client,
    bucket: async () => {
      const Bucket = `rowhouse-${randomBytes(6).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    keysIn: async (Bucket) => {
      const keys: string[] = [];
      for (let token: string | undefined, isFirst = true; isFirst || token; isFirst = false) {
        const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        token = page.NextContinuationToken;
      }
      return keys;
    },
    uploadsIn: async (Bucket) =>
      ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(
        ({ Key = '' }) => Key,
      ),
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

const LOGINS = [
  ['mon.', '--cap', 'mon', 'allow *'],
  ['client.admin', '--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'],
  ['osd.0', '--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'],
] as const;

/** One monitor and one disk that is memory: nothing of it outlives the suite. */
function configOf(parts: { folder: string; clusterId: string; monitorPort: number; port: number }): string {
  const { folder, clusterId, monitorPort, port } = parts;
  return `[global]
fsid = ${clusterId}
mon host = [v2:127.0.0.1:${monitorPort}]
public addr = 127.0.0.1
keyring = ${folder}/keyring
run dir = ${folder}
admin socket =
log file =
log to stderr = false
mon data = ${folder}/mon
osd data = ${folder}/osd
rgw data = ${folder}/rgw
auth allow insecure global id reclaim = false
mon allow pool size one = true
paxos propose interval = 0.05
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
rgw frontends = beast endpoint=127.0.0.1:${port}
`;
}

function requirePrograms(): void {
  const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/sbin'];
  const isThere = (program: string) =>
    places.some((place) => {
      try {
        accessSync(join(place, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  const missing = PROGRAMS.filter((program) => !isThere(program));
  if (missing.length === 0) return;
  throw new Error(
    `This suite needs a real S3 server: Ceph with its gateway, and ${missing.join(', ')} is missing. ` +
      'Get it with: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw (Debian, Ubuntu).',
  );
}

async function untilAnswered(endpoint: string, children: readonly ChildProcess[]): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (children.some(({ exitCode }) => exitCode !== null)) break;
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error('The gateway does not answer.');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function fastFolder(): Promise<string> {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
