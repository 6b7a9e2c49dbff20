import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConnectionFile } from './connection-file.js';

describe('writeConnectionFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-demo-'));
  const dataDir = join(folder, '.rowhouse', 'postgres');
  const path = join(folder, '.rowhouse', 'connection.json');
  const connection = { url: 'postgres://app@db/shop', directUrl: 'postgres://owner@db/shop' };
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says how to reach the database, to nobody else, until it is taken away', async () => {
    const takeAway = writeConnectionFile(dataDir, connection);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...connection, pid: process.pid });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await takeAway();
    expect(existsSync(path)).toBe(false);
  });

  it("replaces what a killed process left, and leaves another's alone", async () => {
    writeFileSync(path, '{"pid": 1}', { mode: 0o644 });
    const takeAway = writeConnectionFile(dataDir, connection);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, '{"pid": 1}');
    await takeAway();
    expect(existsSync(path)).toBe(true);
  });
});
