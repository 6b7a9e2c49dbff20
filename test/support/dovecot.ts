import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { end, isListening, programOf } from './program.js';
import { until } from './until.js';

const MISSING =
  'This suite needs a real IMAP server: dovecot, which is missing. Get it with: apt-get install --no-install-recommends dovecot-imapd ' +
  '(Debian, Ubuntu). It needs no configuration: the suite brings its own.';

/** A real IMAP server, whose mailboxes are opened by access tokens, or by a password. */
export interface Dovecot {
  readonly host: string;
  readonly port: number;
  /** Puts a message into the inbox of an address. */
  deliver(address: string, message: string | Uint8Array): void;
  stop(): Promise<void>;
}

export interface DovecotOptions {
  /** Asked with an access token behind it; answers `{ email }`, whose mailbox the token opens. */
  readonly tokenInfoUrl: string;
  /** A password that opens the mailbox of each address. */
  readonly password: string;
}

export async function startDovecot({ tokenInfoUrl, password }: DovecotOptions): Promise<Dovecot> {
  const program = programOf('dovecot', MISSING);
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-dovecot-'));
  // Root may have no mail: the users of Debian's package do its work.
  const { uid, username } = userInfo();
  const [owner, internal] = uid === 0 ? ['dovenull', 'dovecot'] : [username, username];
  chmodSync(folder, 0o755);
  for (const name of ['mail', 'run', 'state']) mkdirSync(join(folder, name));
  chmodSync(join(folder, 'mail'), 0o777);
  const port = await freePort();
  const [config, oauth] = [join(folder, 'dovecot.conf'), join(folder, 'oauth2.conf')];
  writeFileSync(oauth, `tokeninfo_url = ${tokenInfoUrl}\nusername_attribute = email\n`);
  writeFileSync(
    config,
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
protocols = imap
auth_mechanisms = plain xoauth2 oauthbearer
mail_location = maildir:${folder}/mail/%u
default_internal_user = ${internal}
default_internal_group = ${groupOf(internal)}
default_login_user = ${owner}
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${oauth}
}
passdb {
  driver = static
  mechanisms = plain
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${owner} gid=${groupOf(owner)} home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
# Nobody is made to wait for a wrong token.
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`,
  );
  let log = '';
  const child = spawn(program, ['-F', '-c', config], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      log = `${log}${bytes}`.slice(-4_000);
    });
  const stop = async () => {
    // It ends the processes that it has started.
    await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  await until(async () => child.exitCode !== null || (await isListening(port)));
  if (child.exitCode !== null) {
    await stop();
    throw new Error(`Dovecot did not start. It said:\n${log}`);
  }
  return {
    host: '127.0.0.1',
    port,
    deliver(address, message) {
      const inbox = join(folder, 'mail', address);
      for (const name of ['', 'new', 'cur', 'tmp']) {
        mkdirSync(join(inbox, name), { recursive: true });
        chmodSync(join(inbox, name), 0o777);
      }
      const file = join(inbox, 'new', `${Date.now()}.${randomUUID()}.localhost`);
      writeFileSync(file, message);
      chmodSync(file, 0o666);
    },
    stop,
  };
}

function groupOf(user: string): string {
  return execFileSync('id', ['-gn', user], { encoding: 'utf8' }).trim();
}
