import type { ServerResponse } from 'node:http';
import { type OperatorEntry, type Tenant, TenantContext, type TenantScope } from '@rowhouse/core';
import { currentLogIds, type EntryDirectory, runAsRequest } from '@rowhouse/core/internal';
import { RequestLog } from '../logs/request-log.js';
import { NodeTenantRequest } from '../resolvers/request/node-tenant-request.js';
import type { TenantResolution } from '../resolvers/tenant-resolution.js';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import type { ReadYourWrites } from './read-your-writes.js';
import { type ActorOf, actorOfRequest } from './request-actor.js';
import { bringsEntry, entryOf } from './request-entry.js';
import type { RequestObservation } from './request-observation.js';
import {
  type FrameworkRequest,
  isWritten,
  type RawRequest,
  type RequestState,
  stateOf,
} from './request-state.js';
import { type Client, EXCLUDED, outcomeOf, type TenantOutcome } from './tenant-outcome.js';

/** A request and its response, as Node has them. */
export interface Exchange {
  readonly raw: RawRequest;
  readonly response: ServerResponse;
}

/** Taken at load, outside of everything. */
export const outsideAnyTenant = TenantContext.capture();

/** Finds the tenant of a request, and runs the rest of the request as that tenant. The same on every platform. */
export class RequestTenancy {
  readonly #resolution: TenantResolution;
  readonly #cancelsOnDisconnect: boolean;
  readonly #noteUse: (apiKeyId: string) => void;
  readonly #entries: EntryDirectory | undefined;
  readonly #observation: RequestObservation | undefined;
  readonly #actorOf: ActorOf;
  readonly #readYourWrites: ReadYourWrites | undefined;

  /**
   * @param cancelOnDisconnect - whether the statements of a request end with its client.
   * @param noteUse - called with the key of each request that comes with one.
   * @param entries - of operators; left out, none are let in.
   * @param observation - is told of every request.
   * @param actorOf - who does what a request does.
   * @param readYourWrites - knows what a replica must have to be read for a request; left out, that is not asked.
   */
  constructor(
    resolution: TenantResolution,
    cancelOnDisconnect = false,
    noteUse: (apiKeyId: string) => void = () => {},
    entries?: EntryDirectory,
    observation?: RequestObservation,
    actorOf: ActorOf = actorOfRequest,
    readYourWrites?: ReadYourWrites,
  ) {
    this.#resolution = resolution;
    this.#cancelsOnDisconnect = cancelOnDisconnect;
    this.#noteUse = noteUse;
    this.#entries = entries;
    this.#observation = observation;
    this.#actorOf = actorOf;
    this.#readYourWrites = readYourWrites;
  }

  /**
   * To be called as early as a request is known, by each part of the platform that sees it.
   *
   * @param request - the framework's request.
   */
  begin(request: FrameworkRequest, { raw, response }: Exchange): void {
    // Fastify's own request comes after the one that its middleware has.
    stateOf(raw).framework = request;
    this.#observation?.begin(raw, response);
  }

  /**
   * Asks the resolvers, once per request. Never throws: the route decides whether an error matters.
   *
   * @param client - the framework's request.
   */
  outcomeOf(raw: RawRequest, client: Client): MaybePromise<TenantOutcome> {
    const state = stateOf(raw);
    if (state.outcome) return state.outcome;
    state.log ??= new RequestLog(raw, client);

    const outcome = this.#resolve(raw, client);
    return isPromise(outcome)
      ? outcome.then((settled) => this.#keep(state, settled))
      : this.#keep(state, outcome);
  }

  #keep(state: RequestState, outcome: TenantOutcome): TenantOutcome {
    if (state.outcome) return state.outcome;
    state.outcome = outcome;
    if (outcome.kind === 'resolved' && outcome.apiKey?.id !== undefined) this.#noteUse(outcome.apiKey.id);
    return outcome;
  }

  /** Calls `next` in the context of the request's tenant, or outside any where there is none. */
  enter(outcome: TenantOutcome, { raw, response }: Exchange, next: () => void): void {
    const state = stateOf(raw);
    state.response = response;
    state.log ??= new RequestLog(raw, raw);
    const scope = TenantContext.scope();
    // A connection's events may come in the context of an earlier request on it.
    const isInForce =
      currentLogIds() === state.log &&
      (outcome.kind === 'resolved' ? isScopeOf(outcome, scope) : scope === undefined);
    if (isInForce) {
      next();
      return;
    }
    const actor = () => this.#actorOf((state.framework ?? raw) as never);
    if (outcome.kind !== 'resolved') runAsRequest(state.log, next, undefined, { actor });
    else {
      const { tenant, entry } = outcome;
      const signal = this.#signalOf(raw, response);
      if (!entry) this.#observation?.entered(tenant);
      if (this.#readYourWrites) state.enteredAt ??= performance.now();
      const seen = this.#readYourWrites?.seenBy(raw);
      runAsRequest(state.log, next, tenant, { signal, entry, actor, seen });
    }
  }

  #signalOf(raw: RawRequest, response: ServerResponse): AbortSignal | undefined {
    if (!this.#cancelsOnDisconnect) return undefined;
    const state = stateOf(raw);
    state.disconnected ??= signalOfDisconnect(response);
    return state.disconnected;
  }

  #resolve(raw: RawRequest, client: Client): MaybePromise<TenantOutcome> {
    try {
      const request = tenantRequestOf(raw);
      if (this.#resolution.excludes(request.path)) return EXCLUDED;
      stateOf(raw).headersRead = request.headersRead;
      if (bringsEntry(raw)) return this.#resolveEntry(request, client);
      const resolved = this.#resolution.resolve(request);
      return isPromise(resolved)
        ? resolved.then((settled) => outcomeOf(settled, client)).catch(failed)
        : outcomeOf(resolved, client);
    } catch (error) {
      return failed(error);
    }
  }

  /** The entry names the tenant, and whatever else does must agree. */
  async #resolveEntry(request: NodeTenantRequest, client: Client): Promise<TenantOutcome> {
    try {
      const entry = await entryOf(request, this.#entries);
      return outcomeOf(await this.#resolution.resolve(request, entry.tenantId), client, entry);
    } catch (error) {
      return { kind: 'failed', error, onEveryRoute: true };
    }
  }
}

/** Whether a scope is that of a request: of its tenant, and of the entry by which it comes. */
export function isScopeOf(
  { tenant, entry }: { readonly tenant: Tenant; readonly entry?: OperatorEntry | undefined },
  scope: TenantScope | undefined,
): boolean {
  return scope?.kind === 'tenant' && scope.tenant === tenant && scope.entry === entry;
}

/** Aborted when the connection closes before the response is through. */
function signalOfDisconnect(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!isWritten(response)) controller.abort(new Error('The client has gone.'));
  });
  return controller.signal;
}

function failed(error: unknown): TenantOutcome {
  return { kind: 'failed', error: error ?? new Error('A resolver failed without an error.') };
}

/** Resolvers see the target that the client sent, also after a prefix was taken off. */
function tenantRequestOf(raw: RawRequest): NodeTenantRequest {
  const { clientTarget } = stateOf(raw);
  if (clientTarget === undefined) return new NodeTenantRequest(raw, raw);
  const view = Object.create(raw, { originalUrl: { value: clientTarget } });
  return new NodeTenantRequest(view, raw);
}
