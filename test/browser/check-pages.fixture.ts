import { type AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

/** A name for images, the path, and the heading. */
type CheckedPage = readonly [name: string, path: string, title: string];

/** Pages that are for those alone who may change something. */
const isForChanges = (path: string) => path === '/create' || path.endsWith('/danger');

const CHANGING =
  /\b(create|add|save|suspend|delete|remove|revoke|invite|start|examine|compare|flush|pause|resume|rotate|change|default)\b/i;

/** What holds for each page: the findings of axe in both themes, a phone, and what a viewer is shown. */
export function checkPages(pages: () => AdminPages, checked: readonly CheckedPage[]): void {
  async function open([, path, title]: CheckedPage, options: Parameters<AdminPages['visit']>[1]) {
    const { page } = await pages().visit(path, options);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    return page;
  }

  describe.each(checked)('the page %s', (...each) => {
    const [name, path] = each;

    it.each(['light', 'dark'] as const)('has nothing serious for axe in %s', async (colorScheme) => {
      const page = await open(each, { colorScheme });
      await screenshot(page, `${name}-${colorScheme}`);
      expect(await seriousFindings(page)).toEqual([]);
    });

    it('fits a phone', async () => {
      const page = await open(each, { viewport: { width: 390, height: 844 } });
      await screenshot(page, `${name}-phone`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    });

    if (isForChanges(path)) return;

    it('shows a viewer no button that changes anything', async () => {
      const page = await open(each, { role: 'viewer' });
      const names = await page.getByRole('main').getByRole('button').allTextContents();
      expect(names.filter((text) => CHANGING.test(text))).toEqual([]);
    });
  });
}
