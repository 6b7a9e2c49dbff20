import type { TenantPool } from '../pool/tenant-pool.js';
import { messageOf } from '../support/message-of.js';
import type { PrimaryPositions } from './primary-positions.js';
import { type ServerPosition, ServerProbe } from './server-probe.js';

/** One replica, and whether it may be read. */
export class Replica {
  readonly pool: TenantPool;
  /** Reads that it was chosen for. */
  reads = 0;
  /** As `host:port`. */
  readonly address: string;
  readonly #probe: ServerProbe;
  #shows = Number.NEGATIVE_INFINITY;
  #position = 0n;
  #lagMs: number | undefined;
  #outBecause: string | undefined = 'it was not asked yet';
  #isLooking = false;

  constructor(pool: TenantPool) {
    this.pool = pool;
    this.#probe = new ServerProbe(pool.options);
    this.address = this.#probe.address;
  }

  /** It shows all that was committed before this moment, on the clock of `performance.now()`. */
  get shows(): number {
    return this.#shows;
  }

  /** It shows all of the primary's WAL up to this position. */
  get position(): bigint {
    return this.#position;
  }

  /** How far it was behind the primary when it was asked last; `undefined` when that is not known. */
  get lagMs(): number | undefined {
    return this.#lagMs;
  }

  /** Why it is not read, whatever its lag. */
  get outBecause(): string | undefined {
    return this.#outBecause;
  }

  /** It could not be read. It is left out until it answers again. */
  failed(error: unknown): void {
    this.#outBecause = messageOf(error);
  }

  /** Finds out what it shows. Where the look before this one is not over, that one will do. */
  async look(primary: PrimaryPositions): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#note(await this.#probe.look(), primary);
    } catch (error) {
      this.failed(error);
      this.#lagMs = undefined;
    } finally {
      this.#isLooking = false;
    }
  }

  close(): Promise<void> {
    return this.#probe.close();
  }

  #note(own: ServerPosition, primary: PrimaryPositions): void {
    const { latest } = primary;
    this.#outBecause = latest ? unfitBecause(own, latest) : 'the primary does not answer';
    if (!latest || this.#outBecause !== undefined) {
      this.#lagMs = undefined;
      return;
    }
    // The primary itself, named twice, shows everything.
    const shows = own.isStandby ? primary.momentOf(own.position) : own.askedAt;
    this.#shows = shows ?? Number.NEGATIVE_INFINITY;
    this.#position = own.position;
    this.#lagMs = shows === undefined ? undefined : Math.max(0, Math.round(latest.askedAt - shows));
  }
}

/** Why a server may not be read in place of the primary. */
export function unfitBecause(own: ServerPosition, primary: ServerPosition): string | undefined {
  if (primary.isStandby) return 'what is named as the primary is a standby itself';
  if (own.system !== primary.system) return 'it is no copy of the primary: its system identifier is another';
  if (!own.isStandby && own.startedAt !== primary.startedAt)
    return 'it is no standby of the primary: it takes writes of its own';
  return undefined;
}
