/** @suite s3 */
import { type CompiledSources, compileSources } from '../../../../test/kill/compiled-sources.js';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.js';
import { FilesDeployment } from '../files.fixture.js';
import { MAX_PEAK_MIB, uploadLarge } from './large-upload.fixture.js';

let server: S3Server;
let open: FilesDeployment;
let sources: CompiledSources;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  sources = await compileSources();
  open = await FilesDeployment.open();
}, 120_000);
afterAll(async () => {
  await open?.close();
  await sources?.remove();
  await server?.stop();
});

it('a large upload to a bucket goes on after a cut and after a kill, is whole, and takes no more memory than a small one', async () => {
  const bucket = await server.bucket();
  const { endpoint } = server;
  const { bytes, seconds, peakMib } = await uploadLarge(sources.filesServer, open, 'schema-one', () => ({
    bucket,
    endpoint,
  }));
  process.stdout.write(`${bytes} bytes in ${seconds.toFixed(0)} s, at most ${peakMib.toFixed(0)} MiB.\n`);
  expect(peakMib).toBeLessThan(MAX_PEAK_MIB);
  expect(await server.uploadsIn(bucket)).toEqual([]);
}, 3_600_000);
