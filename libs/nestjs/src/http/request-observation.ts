import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Tenant } from '@rowhouse/core';
import {
  type FrameworkRequest,
  isWritten,
  type RawRequest,
  type RequestState,
  stateOf,
} from './request-state.js';

/** A request whose answer has ended. */
export interface ObservedRequest {
  /**
   * Whose request it was; `undefined` where it had no tenant, was refused before it had one, or came from an operator by an entry.
   */
  readonly tenant: Tenant | undefined;
  /** Of the answer; `undefined` when the client went away before it was through. */
  readonly status: number | undefined;
  /** From when the server began with it until the answer was written, or the client had gone. */
  readonly durationMs: number;
  /** Express's request, or Fastify's. */
  readonly request: FrameworkRequest;
}

/** Hears of every HTTP request, also of those on excluded paths. What it does delays requests. It must not throw. */
export interface RequestObserver {
  /** A request goes on as its tenant. Called in its async context, more than once where it is entered again. */
  entered?(tenant: Tenant): void;
  ended(request: ObservedRequest): void;
}

/** Where the HTTP server finds who observes its requests. */
@Injectable()
export class RequestObservation {
  #observer: RequestObserver | undefined;

  /**
   * Has an observer hear of requests, in place of the one before it.
   *
   * @returns a function that ends it.
   */
  observe(observer: RequestObserver): () => void {
    this.#observer = observer;
    return () => {
      if (this.#observer === observer) this.#observer = undefined;
    };
  }

  entered(tenant: Tenant): void {
    this.#observer?.entered?.(tenant);
  }

  /** To be called as early as a request is known, by each part of the platform that sees it. */
  begin(raw: RawRequest, response: ServerResponse): void {
    if (!this.#observer) return;
    const state = stateOf(raw);
    if (state.beganAt !== undefined) return;
    state.beganAt = performance.now();
    // It comes once: `once` would cost a wrapper.
    response.on('close', () => this.#end(raw, state, response));
  }

  #end(raw: RawRequest, state: RequestState, response: ServerResponse): void {
    const { beganAt, outcome, framework = raw } = state;
    if (beganAt === undefined) return;
    state.beganAt = undefined;
    const isOfTenant = outcome?.kind === 'resolved' && !outcome.entry;
    this.#observer?.ended({
      tenant: isOfTenant ? outcome.tenant : undefined,
      status: isWritten(response) ? response.statusCode : undefined,
      durationMs: performance.now() - beganAt,
      request: framework,
    });
  }
}
