/** @suite typeorm03 */
import { randomUUID } from 'node:crypto';
import { Like } from 'typeorm';
import { Document, entities, Folder, Label } from './documents.fixture.js';
import { findOwnedOr404 } from './find-owned-or-404.js';
import { saveIfUnchanged } from './save-if-unchanged.js';
import { ISOLATIONS, openThreeHomes, type ThreeHomes } from './three-homes.fixture.js';

let homes: ThreeHomes;

beforeAll(async () => {
  homes = await openThreeHomes({ entities });
}, 60_000);

afterAll(() => homes.close());

const documents = () => homes.ambient.getRepository(Document);
const folders = () => homes.ambient.getRepository(Folder);
const inNeighbour = <T>(work: () => Promise<T>) => homes.as(homes.tenants.neighbour, work);

const notFound = { code: 'ROW_NOT_FOUND', status: 404, detail: 'What was asked for does not exist.' };

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  const as = <T>(work: () => Promise<T>) => homes.as(homes.tenants[isolation], work);
  let document: Document;
  let folder: Folder;

  beforeEach(() =>
    as(async () => {
      folder = await folders().save({ name: 'Letters' });
      document = await documents().save(documents().create({ title: 'First', body: 'text', folder }));
    }),
  );

  describe('findOwnedOr404', () => {
    it('finds a row by its key or by conditions, with what is asked for', () =>
      as(async () => {
        const { id } = document;
        const found = await findOwnedOr404(documents(), id, { relations: { folder: true } });
        expect(found).toMatchObject({ id, title: 'First', folder: { id: folder.id } });
        expect(await findOwnedOr404(folders(), folder.id)).toMatchObject({ name: 'Letters' });
        expect(await findOwnedOr404(folders(), String(folder.id))).toMatchObject({ name: 'Letters' });
        const where = { title: Like('F%'), folder: { id: folder.id } };
        expect(await findOwnedOr404(documents(), where)).toMatchObject({ id });
      }));

    it('says the same of a row of another tenant as of none', async () => {
      const { id } = document;
      const refused = await inNeighbour(() => findOwnedOr404(documents(), id).catch((error) => error));
      const missing = await inNeighbour(() =>
        findOwnedOr404(documents(), randomUUID()).catch((error) => error),
      );
      expect(refused).toMatchObject(notFound);
      expect(refused.message).toBe(missing.message);
      expect(refused.toProblem()).toEqual(missing.toProblem());
    });

    it.each([
      ['a uuid that is none', 'nonsense'],
      ['nothing', undefined],
      ['null', null],
      ['an empty text', ''],
      ['NUL', '\0'],
      ['no conditions', {}],
      ['an undefined condition', { id: undefined }],
      ['a null condition', { title: null }],
      ['NUL in a condition', { title: 'a\0b' }],
      ['a uuid in a condition that is none', { title: 'First', id: '1' }],
      ['a key of a relation that is none', { folder: { id: 'x' } }],
      ['a key of a relation that is too large', { folder: { id: 2 ** 31 } }],
    ])('answers 404 to %s, and its transaction goes on', (_what, key) =>
      as(() =>
        homes.ambient.transaction(async (manager) => {
          const repository = manager.getRepository(Document);
          await expect(findOwnedOr404(repository, key as string)).rejects.toMatchObject(notFound);
          expect(await repository.countBy({ id: document.id })).toBe(1);
        }),
      ),
    );

    it.each(['1.5', '99999999999', '1e3', ' 1', '١', Number.NaN, 2 ** 40])(
      'answers 404 to a number that is no key: %s',
      (key) => as(() => expect(findOwnedOr404(folders(), key)).rejects.toMatchObject(notFound)),
    );

    it('does not find what is soft-deleted, unless it is asked for', () =>
      as(async () => {
        const { id } = document;
        await documents().softDelete(id);
        await expect(findOwnedOr404(documents(), id)).rejects.toMatchObject(notFound);
        expect(await findOwnedOr404(documents(), id, { withDeleted: true })).toMatchObject({ id });
      }));
  });

  describe('saveIfUnchanged', () => {
    it('writes the columns of an object, and reads back what changed by itself', () =>
      as(async () => {
        const before = document.updatedAt;
        Object.assign(document, { title: 'Second', body: null, folder: null });
        expect(await saveIfUnchanged(documents(), document)).toBe(document);
        expect(document.version).toBe(2);
        const stored = await documents().findOneOrFail({
          where: { id: document.id },
          relations: { folder: true },
        });
        expect(stored).toEqual(document);
        expect(stored.updatedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
        await saveIfUnchanged(documents(), documents().create({ id: stored.id, title: 'Third' }), 2);
        const [third] = await documents().findBy({ id: stored.id });
        expect(third).toMatchObject({ title: 'Third', body: null, version: 3 });
      }));

    it('lets one of many succeed, and writes nothing for the others', () =>
      as(async () => {
        const results = await Promise.allSettled(
          Array.from({ length: 8 }, (_, n) =>
            saveIfUnchanged(documents(), documents().create({ ...document, title: `by ${n}` })),
          ),
        );
        const winners = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value.title] : []));
        expect(winners).toHaveLength(1);
        for (const each of results.filter(({ status }) => status === 'rejected'))
          expect(each).toMatchObject({ reason: { code: 'VERSION_CONFLICT', status: 409 } });
        const [stored] = await documents().findBy({ id: document.id });
        expect(stored).toMatchObject({ version: 2, title: winners[0] });
      }));

    it.each([0, 2, -1, 1.5, Number.NaN, 2 ** 40])('refuses the version %s', (version) =>
      as(async () => {
        await expect(saveIfUnchanged(documents(), { ...document }, version)).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
        });
      }),
    );

    it('answers 404 for a row that is deleted, or of another tenant, or has no key', async () => {
      await expect(inNeighbour(() => saveIfUnchanged(documents(), document))).rejects.toMatchObject(notFound);
      await as(async () => {
        const nobody = documents().create({ title: 'x', version: 1 });
        await expect(saveIfUnchanged(documents(), nobody)).rejects.toMatchObject(notFound);
        await documents().softDelete(document.id);
        const [{ version }] = (await documents().find({ where: { id: document.id }, withDeleted: true })) as [
          Document,
        ];
        await expect(saveIfUnchanged(documents(), document, version)).rejects.toMatchObject(notFound);
        await documents().delete(document.id);
        await expect(saveIfUnchanged(documents(), document)).rejects.toMatchObject(notFound);
      });
    });

    it('refuses a class without a version', () =>
      as(() =>
        expect(saveIfUnchanged(folders(), folder)).rejects.toMatchObject({
          code: 'OPTIONS_INVALID',
          fields: [{ field: 'Folder' }],
        }),
      ));

    it('is undone with its transaction', () =>
      as(async () => {
        const failed = homes.ambient.transaction(async (manager) => {
          await saveIfUnchanged(manager.getRepository(Document), { ...document, title: 'undone' });
          throw new Error('no');
        });
        await expect(failed).rejects.toThrow('no');
        expect(await documents().findOneBy({ id: document.id })).toMatchObject({
          title: 'First',
          version: 1,
        });
      }));
  });

  describe('soft delete, as TypeORM has it,', () => {
    it('is honoured by finds, counts, query builders and relations', () =>
      as(async () => {
        const gone = await documents().save({ title: 'Gone', folder });
        await documents().softRemove(gone);
        const where = { folder: { id: folder.id } };
        expect((await documents().findBy(where)).map(({ title }) => title)).toEqual(['First']);
        expect(await documents().countBy(where)).toBe(1);
        expect(await documents().existsBy({ id: gone.id })).toBe(false);
        const query = () => documents().createQueryBuilder('d').where('d.folder_id = :id', { id: folder.id });
        expect(await query().getCount()).toBe(1);
        expect(await query().withDeleted().getCount()).toBe(2);
        const [found] = await folders().find({ where: { id: folder.id }, relations: { documents: true } });
        expect(found?.documents.map(({ title }) => title)).toEqual(['First']);
        const joined = await folders()
          .createQueryBuilder('f')
          .leftJoinAndSelect('f.documents', 'd')
          .where({ id: folder.id })
          .getOneOrFail();
        expect(joined.documents.map(({ title }) => title)).toEqual(['First']);
        await documents().restore(gone.id);
        expect(await documents().countBy(where)).toBe(2);
      }));

    it('leaves what was unique to the rows that are left', async () => {
      const labels = () => homes.ambient.getRepository(Label);
      const { id } = await as(() => labels().save({ name: 'urgent' }));
      await expect(as(() => labels().save({ name: 'urgent' }))).rejects.toMatchObject({ code: '23505' });
      const theirs = await inNeighbour(() => labels().save({ name: 'urgent' }));
      await as(async () => {
        await labels().softDelete(id);
        const again = await labels().save({ name: 'urgent' });
        const options = { conflictPaths: ['name'], indexPredicate: 'deleted_at is null' };
        await labels().upsert({ name: 'urgent', colour: 'red' }, options);
        expect(await labels().find()).toMatchObject([{ id: again.id, colour: 'red' }]);
      });
      await inNeighbour(() => labels().delete(theirs.id));
    });
  });
});
