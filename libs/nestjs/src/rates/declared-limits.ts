import 'reflect-metadata';
import { type Rate, rateWindow } from '@rowhouse/core';

/** Who is limited: the tenant as a whole, each of its users, or each address that requests come from. */
export type RateLimitedBy = 'tenant' | 'user' | 'ip';

/** What `@RateLimit` says. */
export interface DeclaredLimit {
  /** The name of a plan's rate, or a rate: `100/minute`. */
  readonly rate: string;
  readonly by: RateLimitedBy;
}

/** A limit of a handler. */
export interface HandlerLimit extends DeclaredLimit {
  /** As clients see it. */
  readonly policy: string;
  /** The rate, where it is written out. */
  readonly written: Rate | undefined;
  /** What is counted together: everything with the name, or what the decorator stands on. */
  readonly counter: string;
}

const LIMITS = 'rowhouse:rate-limits';
/** The metadata of Nest's `@Controller()` and `@Get()`. */
const PATH = 'path';

/** The narrowest first: what a user is refused costs the tenant nothing. */
const ORDER: readonly RateLimitedBy[] = ['ip', 'user', 'tenant'];

/** Beside those that decorators above it add. */
export function addLimit(limit: DeclaredLimit, target: object): void {
  const others: readonly DeclaredLimit[] = Reflect.getOwnMetadata(LIMITS, target) ?? [];
  Reflect.defineMetadata(LIMITS, [limit, ...others], target);
}

/** A rate that is written out; `undefined` for a name. @throws {TypeError} for what is neither. */
export function writtenRate(rate: string): Rate | undefined {
  if (/^[a-z]/.test(rate)) return undefined;
  rateWindow(rate as Rate);
  return rate as Rate;
}

const known = new WeakMap<object, WeakMap<object, readonly HandlerLimit[]>>();

/** The limits of a handler, or else those of its class. */
export function limitsOf(owner: object, handler: object): readonly HandlerLimit[] {
  let ofOwner = known.get(owner);
  if (!ofOwner) {
    ofOwner = new WeakMap();
    known.set(owner, ofOwner);
  }
  let limits = ofOwner.get(handler);
  if (!limits) {
    limits = readLimits(owner, handler);
    ofOwner.set(handler, limits);
  }
  return limits;
}

function readLimits(owner: object, handler: object): readonly HandlerLimit[] {
  const own: readonly DeclaredLimit[] | undefined = Reflect.getMetadata(LIMITS, handler);
  const declared: readonly DeclaredLimit[] = own ?? Reflect.getMetadata(LIMITS, owner) ?? [];
  const place = own ? `${placeOf(owner)} ${placeOf(handler)}` : placeOf(owner);
  const limits = declared.map(({ rate, by }): HandlerLimit => {
    const written = writtenRate(rate);
    const policy = by === 'tenant' ? rate : `${rate} by ${by}`;
    return { rate, by, policy, written, counter: written ? `${place} ${policy}` : policy };
  });
  // One that is said twice would count each request twice.
  const distinct = new Map(limits.map((limit) => [limit.counter, limit]));
  return [...distinct.values()].sort((a, b) => ORDER.indexOf(a.by) - ORDER.indexOf(b.by));
}

/** The same on every instance, and not the same for two classes of one name. */
function placeOf(target: object): string {
  const path: unknown = Reflect.getMetadata(PATH, target);
  return `${(target as { name?: string }).name}(${String(path ?? '')})`;
}
