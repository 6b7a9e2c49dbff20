import { z } from 'zod';

/**
 * Files in a bucket of S3, or of a server with the same API. Keys come from where the AWS SDK looks for them: `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`, a profile, or the role of the machine. Needs the packages `@flystorage/aws-s3` and `@aws-sdk/client-s3`.
 */
export interface S3StorageOptions {
  readonly bucket: string;
  /** Folder in the bucket, such as `production`. Default: the whole bucket. */
  readonly prefix?: string;
  /** URL of a server that is not Amazon's. Default: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else Amazon's. */
  readonly endpoint?: string;
  /** Default: `AWS_REGION` or that of the profile; with an endpoint `us-east-1` where there is neither. */
  readonly region?: string;
  /** Whether URLs have the bucket in their path, in place of the host name. Default: true with an endpoint, else false. */
  readonly pathStyle?: boolean;
}

export const s3StorageSchema = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'expected the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
    ),
  prefix: z
    .string()
    .regex(
      /^(?!\.{1,2}(\/|$))[\w.!'()*-]+(\/(?!\.{1,2}(\/|$))[\w.!'()*-]+)*\/?$/,
      'expected the path of a folder, such as production/backups, without a slash at its beginning',
    )
    .optional(),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' })
    .refine((url) => {
      const { username, password, search, hash } = new URL(url);
      return !username && !password && !search && !hash;
    }, 'expected a URL without keys, query and fragment: keys come from the environment')
    .optional(),
  region: z.string().min(1).optional(),
  pathStyle: z.boolean().optional(),
});
