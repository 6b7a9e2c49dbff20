import { messageOf } from '@rowhouse/core/internal';

/** What an error of a storage says, and what to do about it, as two sentences. */
export function explainStorageFailure(error: unknown): string {
  const causes = [...causesOf(error)];
  const names = causes.map(({ name }) => name);
  const status = causes.map(({ $metadata }) => $metadata?.httpStatusCode).find(Boolean);
  const reason = reasonOf(causes, error);
  if (status === 401 || status === 403 || names.some((name) => name && NO_KEYS.test(name)))
    return `${reason}. Look at the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, or the role), and at what they may do in the bucket.`;
  if (status === 404 || names.includes('NoSuchBucket'))
    return `${reason}. Look whether the bucket is there, at the address that is configured.`;
  if (status === 301 || names.includes('PermanentRedirect'))
    return `${reason}. Look at the region: the bucket is in another.`;
  return `${reason}. Look whether it can be reached, and has room; then try again.`;
}

const NO_KEYS = /^(CredentialsProviderError|TokenProviderError|ExpiredToken)$/;

interface Cause {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

function* causesOf(error: unknown): Generator<Cause> {
  const seen = new Set<unknown>();
  for (let cause = error as Cause | undefined; cause && !seen.has(cause); cause = cause.cause as Cause) {
    seen.add(cause);
    yield cause;
  }
}

/** An answer of S3 without a body has no message of use: its status is one. */
function reasonOf(causes: readonly Cause[], error: unknown): string {
  const answer = causes.find(({ $metadata }) => $metadata?.httpStatusCode);
  if (!answer) return withoutStop(messageOf(error));
  const { name, message, $metadata } = answer;
  const said = [name, message].filter((text) => text && !/^(UnknownError|Unknown|Error)$/.test(text));
  return withoutStop([...new Set(said), `HTTP ${$metadata?.httpStatusCode}`].join(': '));
}

function withoutStop(text: string): string {
  return text.replace(/\.\s*$/, '');
}
