import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface SmtpStandInOptions {
  /** Whose mail an access token may send. */
  readonly accountOf: (accessToken: string) => string | undefined;
  readonly deliver: (address: string, message: Uint8Array) => void;
}

/** A real SMTP server: whoever has the token of an account sends its mail, and in its name alone. */
export class SmtpStandIn {
  private constructor(
    readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async open({ accountOf, deliver }: SmtpStandInOptions): Promise<SmtpStandIn> {
    const server = new SMTPServer({
      authMethods: ['XOAUTH2'],
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      onAuth({ username, accessToken }, _session, done) {
        if (username && accountOf(accessToken ?? '') === username) done(null, { user: username });
        else done(null, { data: { status: '401', schemes: 'bearer', scope: 'mail' } });
      },
      onMailFrom({ address }, { user }, done) {
        done(address === user ? null : new Error('It is not your address.'));
      },
      onData(stream, { envelope }, done) {
        buffer(stream).then((message) => {
          for (const { address } of envelope.rcptTo) deliver(address, message);
          done();
        }, done);
      },
    });
    const listener = server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new SmtpStandIn(server, Object(listener.address()).port);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}
