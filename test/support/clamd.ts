import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { end, isListening, programOf } from './program.js';
import { until } from './until.js';

/** The text by which virus scanners are tried (https://www.eicar.org). Written in two parts: scanners would find it here. */
export const EICAR = [
  String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-`,
  'ANTIVIRUS-TEST-FILE!$H+H*',
].join('');

const MISSING =
  'This suite needs a real virus scanner: clamd, which is missing. Get it with: apt-get install --no-install-recommends clamav-daemon ' +
  '(Debian, Ubuntu). It needs no signatures: the suite brings its own.';

/** A real clamd that knows one virus, and is one: the text of EICAR. */
export interface Clamd {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startClamd({ streamMaxBytes = 25 * 2 ** 20 } = {}): Promise<Clamd> {
  const program = programOf('clamd', MISSING);
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-clamd-'));
  const signatures = join(folder, 'signatures');
  mkdirSync(signatures);
  writeFileSync(join(signatures, 'eicar.ndb'), `Eicar-Test:0:*:${Buffer.from(EICAR).toString('hex')}\n`);
  const port = await freePort();
  const config = join(folder, 'clamd.conf');
  writeFileSync(
    config,
    `Foreground yes
TCPSocket ${port}
TCPAddr 127.0.0.1
DatabaseDirectory ${signatures}
TemporaryDirectory ${folder}
User ${userInfo().username}
StreamMaxLength ${streamMaxBytes}
MaxThreads 2
AlertExceedsMax yes
`,
  );
  let log = '';
  const child = spawn(program, ['--config-file', config], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      log = `${log}${bytes}`.slice(-4_000);
    });
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  await until(async () => child.exitCode !== null || (await isListening(port)));
  if (child.exitCode === null) return { host: '127.0.0.1', port, stop };
  await stop();
  throw new Error(`clamd did not start. It said:\n${log}`);
}
