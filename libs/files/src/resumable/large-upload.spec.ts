/** @suite files */
import { type CompiledSources, compileSources } from '../../../../test/kill/compiled-sources.js';
import { FilesDeployment, SECRET } from '../files.fixture.js';
import { MAX_PEAK_MIB, uploadLarge } from './large-upload.fixture.js';

let open: FilesDeployment;
let sources: CompiledSources;
beforeAll(async () => {
  sources = await compileSources();
  open = await FilesDeployment.open();
}, 120_000);
afterAll(async () => {
  await open?.close();
  await sources?.remove();
});

it('a large upload to a disk goes on after a cut and after a kill, is whole, and takes no more memory than a small one', async () => {
  const { folder } = open;
  const { bytes, seconds, peakMib } = await uploadLarge(sources.filesServer, open, 'schema-one', (url) => ({
    folder,
    url,
    secret: SECRET,
  }));
  process.stdout.write(`${bytes} bytes in ${seconds.toFixed(0)} s, at most ${peakMib.toFixed(0)} MiB.\n`);
  expect(peakMib).toBeLessThan(MAX_PEAK_MIB);
}, 3_600_000);
