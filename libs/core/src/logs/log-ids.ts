/** What a line of a log belongs to, beside its tenant. */
export interface LogIds {
  /** Of the HTTP request, or of the message. */
  readonly requestId?: string | undefined;
  /** 32 hexadecimal digits, as in `traceparent` (W3C Trace Context). */
  readonly traceId?: string | undefined;
  /** 16 hexadecimal digits. */
  readonly spanId?: string | undefined;
  readonly jobId?: string | undefined;
  /** Of an operation of the admin API. */
  readonly operationId?: string | undefined;
}
