import type { S3StorageOptions } from './s3-options.js';

const CONNECT_MS = 10_000;
/** Of a connection on which nothing arrives or leaves. */
const IDLE_MS = 60_000;

/** What `new S3Client()` is given, so that Amazon and other servers are served alike. */
export function s3ClientConfig({ endpoint, region, pathStyle }: S3StorageOptions) {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_REQUEST_CHECKSUM_CALCULATION } = process.env;
  const isOther = Boolean(endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL);
  const usedRegion = region ?? (isOther && !AWS_REGION ? 'us-east-1' : undefined);
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(usedRegion !== undefined && { region: usedRegion }),
    forcePathStyle: pathStyle ?? isOther,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
    // Many other servers refuse checksums as Amazon has them since 2025. What is sent is signed with its SHA-256 there.
    ...(isOther &&
      !AWS_REQUEST_CHECKSUM_CALCULATION && {
        requestChecksumCalculation: 'WHEN_REQUIRED' as const,
        responseChecksumValidation: 'WHEN_REQUIRED' as const,
      }),
  };
}
